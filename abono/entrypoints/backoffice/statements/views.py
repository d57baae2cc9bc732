"""Bank statements: taken in, and what somebody says of each movement in them (PAY-6, PAY-12)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from abono.domain.approvals.errors import SecondPersonNeeded
from abono.domain.customers import queries as customers
from abono.domain.invoicing import queries as invoices
from abono.domain.payments import receipts
from abono.domain.payments.types import ReceiptInfo
from abono.domain.statements import queries as statements
from abono.domain.statements.states import Only
from abono.domain.statements.types import MovementInfo, StatementInfo
from abono.entrypoints.backoffice.statements.forms import BECAUSE, Filters, LeaveOut, Pays, Take
from abono.entrypoints.site import flash
from abono.entrypoints.site.actors import names_of
from abono.entrypoints.site.design import csv_file
from abono.entrypoints.site.design.words import Text, status
from abono.entrypoints.site.files import makes_file
from abono.entrypoints.site.posted import posted
from abono.entrypoints.site.refusals import answered, refused
from abono.entrypoints.site.visit import SellersVisitor
from abono.flows.approvals.ask_receipt import ask_movement
from abono.flows.statements import match
from abono.flows.statements.propose import Proposal, proposals
from abono.flows.statements.take import take
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse, public
from abono.kernel.moment import Moment
from abono.platform import clock, formats
from abono.platform.web.download import as_file

PER_PAGE, SHOWN = 50, 50


@dataclass(frozen=True, slots=True)
class Row:
    """A movement with what it may be and the forms to say so, or with what somebody said of it."""

    movement: MovementInfo
    did: str
    paid: str  # the number of the invoice, and its page
    paid_url: str
    by: str
    proposal: Proposal
    because: Text
    known: str
    pays: forms.Form | None
    leave: forms.Form | None


@require_safe
def page(request: SellersVisitor) -> HttpResponse:
    """The newest statements."""
    return _page(request, Take())


@posted("backoffice:statements")
@answered
def receive(request: SellersVisitor) -> HttpResponse:
    """A statement. The same one again leads to where it was taken."""
    form = Take(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=422)
    sent = form.cleaned_data["file"]
    try:
        found, new = take(name=sent.name, content=sent.read(), actor=request.staff.actor, real=clock.now())
    except Refusal as no:
        form.add_error("file", refused(no).sentence)
        return _page(request, form, status=refused(no).status.value)
    if not new:
        flash.told(request, _("This statement was taken already, and changes nothing."))
    else:
        said = ngettext(
            "The statement is whole. Say of {count} movement what it is.",
            "The statement is whole. Say of {count} movements what they are.",
            found.open,
        )
        flash.done(request, said.format(count=formats.number(found.open, get_language() or "en")))
    return redirect("backoffice:statement", found.public_id)


@require_safe
@answered
def statement(request: SellersVisitor, statement_id: str) -> HttpResponse:
    """One statement, with what each movement may be. What waits for somebody stands first."""
    return _show(request, statements.get(_key("stm", statement_id)))


@posted("backoffice:statements")
@answered
def say(request: SellersVisitor, movement_id: str) -> HttpResponse:
    """What a movement is: `pay` an invoice, `leave`, or `again`, where it was left out by mistake."""
    found = statements.movement(_key("mov", movement_id))
    act, actor = request.POST.get("act", ""), request.staff.actor
    forms_of = {"pay": Pays, "leave": LeaveOut, "again": forms.Form}
    if act not in forms_of:
        raise Http404(act)
    form = forms_of[act](request.POST, prefix=found.public_id)
    if not form.is_valid():
        return _show(request, statements.get(found.statement_id), wrong=form, after=found.place - 1)
    said = form.cleaned_data
    try:
        if act == "pay":
            return _pay(request, found, said["invoice"])
        moment = Moment(clock.now(), clock.now())
        if act == "leave":
            match.leave_out(movement_id=found.id, why=said["why"], actor=actor, moment=moment)
            flash.done(request, _("It is left out, with your reason."))
        else:
            match.look_again(movement_id=found.id, actor=actor, moment=moment)
            flash.done(request, _("It waits again for somebody to say what it is."))
    except Refusal as no:
        flash.refused(request, refused(no).sentence)
    return _back(found)


def _pay(request: SellersVisitor, found: MovementInfo, invoice_id: UUID) -> HttpResponse:
    """Or ask a second person, where it is so much."""
    whose, actor, now = invoices.get(invoice_id).customer_id, request.staff.actor, clock.now()
    try:
        moment = customers.moment_of(whose, real=now)
        match.pay(movement_id=found.id, invoice_id=invoice_id, actor=actor, moment=moment)
    except SecondPersonNeeded:
        asked = ask_movement(movement_id=found.id, invoice_id=invoice_id, actor=actor, now=now)
        flash.done(request, _("A second person is asked. The payment is recorded when they agree."))
        return redirect("backoffice:approval", asked.public_id)
    flash.done(request, _("The payment is recorded, and the customer is told."))
    return _back(found)


@makes_file
@answered
def content(_request: SellersVisitor, statement_id: str) -> HttpResponse:
    """As it came, byte for byte."""
    found = statements.get(_key("stm", statement_id))
    plain = HttpResponse(statements.content(found.id), content_type="application/octet-stream")
    return as_file(plain, f"{found.public_id}.ofx")


@makes_file
@answered
def csv(_request: SellersVisitor, statement_id: str) -> HttpResponse:
    """Its movements, and what each is."""
    found, language = statements.get(_key("stm", statement_id)), get_language() or "en"
    return csv_file.response(
        f"statement-{found.public_id}.csv",
        header=[
            _("Day"),
            _("Account"),
            _("Amount"),
            _("Currency"),
            _("The bank says"),
            _("Reference"),
            _("Status"),
            _("Invoice"),
            _("Reason"),
        ],
        rows=_lines(found, language),
        language=language,
    )


def _lines(found: StatementInfo, language: str) -> Iterator[list[csv_file.Cell]]:
    after = 0
    while some := statements.movements(found.id, after=after, limit=500):
        after, paid = some[-1].place, _paid(some)
        for one in some:
            money = csv_file.decimal(one.amount.minor, one.amount.currency, language)
            title, _url = paid.get(one.receipt_id, ("", ""))
            said = [one.text, one.name, str(status("bank_movement", _did(one))[0]), title, one.why]
            yield [one.day, one.account, money, one.amount.currency, *said]


def _page(request: SellersVisitor, form: Take, *, status: int = 200) -> HttpResponse:
    found = statements.newest(before=parse("stm", request.GET.get("before", "")), limit=PER_PAGE)
    by = names_of(one.actor for one in found)
    context = {
        "form": form,
        "rows": [(one, by[one.actor]) for one in found],
        "older": f"?before={found[-1].public_id}" if len(found) == PER_PAGE else "",
    }
    return render(request, "backoffice/statements/page.html", context, status=status)


def _show(
    request: SellersVisitor, found: StatementInfo, *, wrong: forms.Form | None = None, after: int = 0
) -> HttpResponse:
    first = {"only": Only.OPEN.value} if found.open else {}
    form = Filters(request.GET if "only" in request.GET else first)
    wanted = form.cleaned_data if form.is_valid() else {}
    only = Only(wanted["only"]) if wanted.get("only") else None
    some = statements.movements(found.id, only=only, after=wanted.get("after") or after, limit=SHOWN)
    older = {"only": wanted.get("only", ""), "after": some[-1].place} if len(some) == SHOWN else {}
    rows = _rows(some, wrong)
    context = {
        "statement": found,
        "by": names_of([found.actor])[found.actor],
        "form": form,
        "open": [row for row in rows if row.movement.open],
        "rows": [row for row in rows if not row.movement.open],
        "older": f"?{urlencode(older)}" if older else "",
    }
    status = 200 if wrong is None else 422
    return render(request, "backoffice/statements/statement.html", context, status=status)


def _rows(some: Sequence[MovementInfo], wrong: forms.Form | None) -> list[Row]:
    found, paid = proposals(some), _paid(some)
    by = names_of(one.decided_by for one in some if one.decided_by)
    recorded = [one.known for one in found.values() if one.known is not None]
    titles = invoices.titles([one.invoice_id for one in recorded])

    def form(kind: type[forms.Form], one: MovementInfo, **initial: str) -> forms.Form:
        mine = isinstance(wrong, kind) and wrong.prefix == one.public_id
        return wrong if mine and wrong is not None else kind(prefix=one.public_id, initial=initial)

    rows = []
    for one in some:
        proposal = found.get(one.id, Proposal())
        title, url = paid.get(one.receipt_id, ("", ""))
        proposed = "" if proposal.invoice is None else proposal.invoice.title
        rows.append(
            Row(
                movement=one,
                did=_did(one),
                paid=title,
                paid_url=url,
                by=by.get(one.decided_by, ""),
                proposal=proposal,
                because="" if proposal.because is None else BECAUSE[proposal.because],
                known="" if proposal.known is None else titles[proposal.known.invoice_id],
                pays=form(Pays, one, invoice=proposed) if one.open else None,
                leave=form(LeaveOut, one) if one.open else None,
            )
        )
    return rows


def _paid(some: Sequence[MovementInfo]) -> dict[UUID | None, tuple[str, str]]:
    """By the receipt of each that pays: the number of the invoice, and its page."""
    came: list[ReceiptInfo] = receipts.several([one.receipt_id for one in some if one.receipt_id is not None])
    titles = invoices.titles([one.invoice_id for one in came])
    return {
        one.id: (
            titles[one.invoice_id],
            reverse("backoffice:invoice-standing", args=[public("inv", one.invoice_id)]),
        )
        for one in came
    }


def _did(one: MovementInfo) -> str:
    if one.did is not None:
        return one.did.value
    return "open" if one.came else "out"


def _back(found: MovementInfo) -> HttpResponse:
    return redirect("backoffice:statement", public("stm", found.statement_id))


def _key(prefix: str, text: str) -> UUID:
    """The key behind an address. Raises Http404 for what is not one."""
    key = parse(prefix, text)
    if key is None:
        raise Http404(text)
    return key
