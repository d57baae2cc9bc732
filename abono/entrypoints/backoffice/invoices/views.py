"""Invoices as the seller sees them: found by their contract, corrected by credit notes, or cancelled and made out anew (INV-4)."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from abono.domain.approvals.errors import SecondPersonNeeded
from abono.domain.contracts import queries as contracts
from abono.domain.credit import queries as credit
from abono.domain.customers import queries as customers
from abono.domain.fiscal import queries as fiscal
from abono.domain.invoicing import credit_notes
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import State, Status
from abono.domain.invoicing.totals import below
from abono.domain.invoicing.types import InvoiceDetail
from abono.domain.payments import refunds
from abono.entrypoints.backoffice.invoices.forms import Search, TakeBack, Why
from abono.entrypoints.backoffice.invoices.going_back import goes, of_payment
from abono.entrypoints.site import flash
from abono.entrypoints.site.design import csv_file
from abono.entrypoints.site.design.next_try import what_next
from abono.entrypoints.site.design.words import status
from abono.entrypoints.site.files import makes_file
from abono.entrypoints.site.posted import posted
from abono.entrypoints.site.refusals import answered, refused
from abono.entrypoints.site.visit import SellersVisitor
from abono.flows.approvals.ask import ask_credit_note
from abono.flows.billing.outlook import outlook
from abono.flows.corrections.credit_note import Preview, issue_credit_note, preview_credit_note
from abono.flows.corrections.reissue import check_reissue, reissue_invoice
from abono.flows.endings.regret import regret_until
from abono.flows.refunds.give_back import Back
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse, uuid7
from abono.kernel.money import Money
from abono.kernel.periods import local_date
from abono.platform import clock, formats

PER_PAGE, MOST_EXPORTED = 50, 5_000


@require_safe
def page(request: SellersVisitor) -> HttpResponse:
    """The newest invoices of all customers, or of contracts whose number has what was typed, or that stand so."""
    form = Search(request.GET or None)
    rows = _listed(form, limit=PER_PAGE)
    documents = fiscal.standings([one for one, _state in rows])
    context = {
        "form": form,
        "rows": [(one, state, documents.get(one.id)) for one, state in rows],
        "fiscal_kept": fiscal.kept(),
        "filtered": form.is_bound,
    }
    return render(request, "backoffice/invoices/page.html", context)


@makes_file
def csv(request: SellersVisitor) -> HttpResponse:
    """The same list, with the same filters, as a file."""
    language = get_language() or "en"
    return csv_file.response(
        f"invoices-{clock.now().date().isoformat()}.csv",
        header=[
            _("Invoice"),
            _("Customer"),
            _("Contract"),
            _("Issued on"),
            _("Due on"),
            _("Status"),
            _("Amount"),
            _("Received"),
            _("To be paid"),
            _("Currency"),
        ],
        rows=(
            [
                one.title,
                one.buyer.legal_name,
                one.contract_number,
                one.issued_date,
                one.due_date,
                str(status("invoice", state.value)[0]),
                *(
                    csv_file.decimal(minor, one.currency, language)
                    for minor in (one.total_minor, one.received_minor, one.owed_minor)
                ),
                one.currency,
            ]
            for one, state in _listed(Search(request.GET or None), limit=MOST_EXPORTED)
        ),
        language=language,
    )


def _listed(form: Search, *, limit: int) -> list[tuple[InvoiceDetail, Status]]:
    """The day, the lines or the money tell those statuses apart that the database does not."""
    if form.is_bound and not form.is_valid():
        return []
    wanted = form.cleaned_data if form.is_bound else {}
    asked: Status | None = wanted.get("status")
    found = invoices.list_for_customer(
        None,
        contract_number=wanted.get("contract", ""),
        state=None if asked is None else asked.kept_as,
        limit=limit if asked is None else MOST_EXPORTED,
    )
    real = clock.now()
    days = {
        whose: local_date(customers.moment_of(whose, real=real).now, zone)
        for whose, zone in {one.customer_id: one.time_zone for one in found}.items()
    }
    told = [(one, one.status_on(days[one.customer_id])) for one in found]
    return [row for row in told if asked in (None, row[1])][:limit]


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def invoice(request: SellersVisitor, invoice_id: str) -> HttpResponse:
    """One invoice, and what is to be taken back of it: typed, seen in words, confirmed."""
    found = issued(invoice_id)
    if request.method != "POST":
        return _show(request, found, None, None)
    form = _take_back(found, request.POST)
    if not form.is_valid():
        return _show(request, found, form, None)
    try:
        preview = preview_credit_note(invoice_id=found.id, lines=form.lines)
        if "confirm" not in request.POST or request.POST.get("seen") != seen(form, preview):
            return _show(request, found, form, preview)
        note = issue_credit_note(
            invoice_id=found.id,
            lines=form.lines,
            why=form.cleaned_data["why"],
            note_id=form.cleaned_data["note"],
            back=None if form.back is None else Back(form.back, clock.now()),
            actor=request.staff.actor,
            now=customers.moment_of(found.customer_id, real=clock.now()).now,
        )
    except SecondPersonNeeded:
        return _ask_somebody(request, found, form)
    except Refusal as refusal:
        flash.refused(request, refused(refusal).sentence)
    else:
        flash.done(request, _("Credit note {number} is issued.").format(number=note.title))
    return redirect("backoffice:invoice", invoice_id)


def _ask_somebody(request: SellersVisitor, found: InvoiceDetail, form: TakeBack) -> HttpResponse:
    """So much that somebody else has to agree: the same is asked of them."""
    asked = ask_credit_note(
        invoice_id=found.id,
        lines=form.lines,
        why=form.cleaned_data["why"],
        note_id=form.cleaned_data["note"],
        back=form.back,
        actor=request.staff.actor,
        now=clock.now(),
    )
    flash.done(request, _("A second person is asked. The credit note is issued when they agree."))
    return redirect("backoffice:approval", asked.public_id)


@posted("backoffice:invoice", of="invoice_id")
@answered
def reissue(request: SellersVisitor, invoice_id: str) -> HttpResponse:
    """Cancel it and make it out anew. A second press finds the first one's cancelled invoice, and is told so."""
    found, form = issued(invoice_id), Why(request.POST)
    if not form.is_valid():
        return _show(request, found, None, None, why=form)
    try:
        anew = reissue_invoice(
            invoice_id=found.id,
            why=form.cleaned_data["why"],
            actor=request.staff.actor,
            now=customers.moment_of(found.customer_id, real=clock.now()).now,
        )
    except Refusal as refusal:
        flash.refused(request, refused(refusal).sentence)
        return redirect("backoffice:invoice", invoice_id)
    flash.done(
        request,
        _("Invoice {before} is cancelled, and made out anew as {number}.").format(
            before=found.title, number=anew.title
        ),
    )
    return redirect("backoffice:invoice", anew.public_id)


def _show(
    request: SellersVisitor,
    found: InvoiceDetail,
    typed: TakeBack | None,
    preview: Preview | None,
    why: Why | None = None,
) -> HttpResponse:
    language = get_language() or "en"
    form = typed or _take_back(found, None)
    if typed is None and "all" in request.GET:
        form.fill()
    notes = credit_notes.list_for(found.customer_id, invoice_id=found.id)
    customer = customers.get(found.customer_id)
    now = customer.moment(clock.now()).now
    today = local_date(now, customer.time_zone)
    context = {
        "invoice": found,
        "total": Money(found.total_minor, found.currency),
        "state": found.status_on(today).value,
        "fiscal": fiscal.stands(found),
        "fiscal_kept": fiscal.kept(),
        "refunds": refunds.of_invoices([found.id]),
        "regret_until": regret_until(contracts.get(found.contract_id), customer, now=now),
        "organization": customer.legal_name,
        "next": what_next(outlook(found), customer.time_zone, language),
        "below": below(found, notes),
        "notes": notes,
        "credit": Money(credit.balance(found.contract_id), found.currency),
        "form": form if found.state in (State.PENDING, State.PAID) and form.creditable else None,
        "why": (why or Why()) if _can_reissue(found) else None,
        "needs_second": preview is not None and _needs_second(found, preview, form),
        "says": () if preview is None else sentences(preview, language, goes_back=form.back is not None),
        "seen": "" if preview is None else seen(form, preview),
    }
    wrong = why is not None or (typed is not None and preview is None)
    return render(request, "backoffice/invoices/invoice.html", context, status=422 if wrong else 200)


def _take_back(found: InvoiceDetail, data: QueryDict | None) -> TakeBack:
    return TakeBack(
        data,
        invoice=found,
        note_id=uuid7(),
        goes_back=bool(refunds.left([found.id])),
        language=get_language() or "en",
    )


def _needs_second(found: InvoiceDetail, preview: Preview, form: TakeBack) -> bool:
    at = customers.moment_of(found.customer_id, real=clock.now()).now
    return preview.needs_second(goes_back=form.back is not None, at=at)


def _can_reissue(found: InvoiceDetail) -> bool:
    try:
        check_reissue(found)
    except Refusal:
        return False
    return True


def seen(form: TakeBack, preview: Preview) -> str:
    """What was seen before it is confirmed: whoever changes an amount, or finds another sum owed by then, looks again."""
    lines = ",".join(f"{one.position}:{one.amount_minor}" for one in form.lines)
    back = "" if form.back is None else f"{form.back.value}:{','.join(map(of_payment, preview.back))}"
    return f"{lines}={preview.lowers_minor}+{preview.credit_minor}{back}"


def sentences(preview: Preview, language: str, *, goes_back: bool = False) -> list[str]:
    """What the credit note would do, in words; `goes_back`: with what was paid of it."""

    def shown(minor: int) -> str:
        return formats.minor(minor, preview.invoice.currency, language)

    said = [
        _("A credit note of {total} on invoice {invoice}. The invoice itself does not change.").format(
            total=shown(preview.total_minor), invoice=preview.invoice.title
        )
    ]
    if preview.lowers_minor and preview.owed_minor:
        said.append(
            _("What is to be paid of it falls by {amount} to {left}.").format(
                amount=shown(preview.lowers_minor), left=shown(preview.owed_minor)
            )
        )
    elif preview.lowers_minor:
        said.append(_("Nothing of it is to be paid any more."))
    back = preview.back if goes_back else ()
    said += [goes(one, language) for one in back]
    stays_minor = preview.credit_minor - sum(one.amount.minor for one in back)
    if stays_minor:
        said.append(
            _(
                "{amount} was paid already and becomes credit of the contract: it pays the oldest unpaid invoice, and the next one before a card is charged."
            ).format(amount=shown(stays_minor))
        )
    if preview.opens_sending:
        said.append(_("Sending is open again at once."))
    said.append(_("The customer is told, with your reason. A credit note cannot be taken back."))
    return said


def issued(text: str) -> InvoiceDetail:
    """An invoice that has a number. Raises Http404 for what is not one."""
    key: UUID | None = parse("inv", text)
    if key is None:
        raise Http404(text)
    found = invoices.get(key)
    if not found.title:
        raise Http404("a draft is nobody's business")
    return found
