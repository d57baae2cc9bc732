"""Invoices that wait: one-off ones, written for a contract's customer, changed, discarded or issued; those of a new cycle,
looked at before they are issued, let go at once or parked (INV-10)."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from abono.domain.approvals.errors import SecondPersonNeeded
from abono.domain.contracts import queries as contracts
from abono.domain.contracts.types import ContractInfo
from abono.domain.customers import queries as customers
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.actions import ISSUE
from abono.domain.invoicing.labels import line_label
from abono.domain.invoicing.states import Reason, State
from abono.domain.invoicing.types import InvoiceDetail
from abono.entrypoints.backoffice.drafts.forms import Lines, Whose, Why
from abono.entrypoints.site import flash
from abono.entrypoints.site.files import makes_file
from abono.entrypoints.site.refusals import answered, refused
from abono.entrypoints.site.visit import SellersVisitor
from abono.flows.approvals.ask import ask_one_off
from abono.flows.billing.documents import draft_file
from abono.flows.billing.review import issue_reviewed, park_reviewed
from abono.flows.one_off.draft import discard_draft, rewrite_draft, seen, write_draft, written
from abono.flows.one_off.issue import issue_one_off, needs_second
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse, uuid7
from abono.kernel.money import Money
from abono.platform import agenda, clock
from abono.platform.web import download

PER_PAGE = 50
DRAFTS = (Reason.ONE_OFF, Reason.RENEWAL)


@require_safe
def page(request: SellersVisitor) -> HttpResponse:
    """Drafts that wait, and the way to a new one: `?contract=` leads there."""
    form = Whose(request.GET or None)
    if form.is_valid():
        return redirect("backoffice:draft-new", form.cleaned_data["contract"].public_id)
    found = invoices.drafts(reasons=DRAFTS, limit=PER_PAGE)
    context = {"rows": [(one, _waits_until(one)) for one in found], "form": form}
    return render(request, "backoffice/drafts/page.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def new(request: SellersVisitor, contract_id: str) -> HttpResponse:
    """POST: its lines are kept as a draft."""
    key = parse("ctr", contract_id)
    if key is None:
        raise Http404(contract_id)
    contract = contracts.get(key)
    form = Lines(
        request.POST or None,
        there=(),
        currency=contract.currency,
        language=get_language() or "en",
        named=uuid7(),
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = write_draft(
                contract_id=contract.id,
                named=form.cleaned_data["named"],
                lines=form.lines,
                now=_now(contract),
            )
        except Refusal as refusal:
            flash.refused(request, refused(refusal).sentence)
        else:
            flash.done(request, _("The draft is kept. Nobody was told of it."))
            return redirect("backoffice:draft", made.public_id)
    return _show(request, contract, form)


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def draft(request: SellersVisitor, draft_id: str) -> HttpResponse:
    """GET: the draft and what issuing it does. POST: other lines, `discard`, or `issue` what was seen; where its lines are
    others by then, they are kept and seen first."""
    found = _draft(draft_id)
    if found.reason is Reason.RENEWAL:
        return _review(request, found)
    contract = contracts.get(found.contract_id)
    form, why = _lines(request, found), Why()
    if request.method != "POST":
        return _show(request, contract, form, found=found, why=why)
    try:
        if "issue" in request.POST:
            why = Why(request.POST)
            if not (form.is_valid() and why.is_valid()):
                return _show(request, contract, form, found=found, why=why)
            if form.lines != written(found):
                return _kept_first(request, contract, found, form)
            return _issue(request, found, why.cleaned_data["why"])
        if "discard" in request.POST:
            discard_draft(invoice_id=found.id, now=_now(contract))
            flash.done(request, _("The draft is discarded. Nobody was told of it."))
            return redirect("backoffice:drafts")
        if not form.is_valid():
            return _show(request, contract, form, found=found, why=why)
        rewrite_draft(invoice_id=found.id, lines=form.lines, now=_now(contract))
        flash.done(request, _("The draft is kept. Nobody was told of it."))
    except Refusal as refusal:
        flash.refused(request, refused(refusal).sentence)
    return redirect("backoffice:draft", draft_id)


@makes_file
@answered
def pdf(request: SellersVisitor, draft_id: str) -> HttpResponse:
    """What the document would say, as the draft stands."""
    found = _draft(draft_id)
    name, content = draft_file(found, get_language() or "en", real=clock.now())
    return download.pdf(content, name)


def _kept_first(
    request: SellersVisitor, contract: ContractInfo, found: InvoiceDetail, form: Lines
) -> HttpResponse:
    """Nobody issues what they have not seen the total of."""
    rewrite_draft(invoice_id=found.id, lines=form.lines, now=_now(contract))
    flash.told(request, _("Your lines are kept. Look at what they come to now, then issue the invoice."))
    anew, why = _draft(found.public_id), Why(initial={"why": request.POST.get("issue-why", "")})
    return _show(request, contract, _lines(None, anew), found=anew, why=why)


def _issue(request: SellersVisitor, found: InvoiceDetail, why: str) -> HttpResponse:
    accepted, actor = request.POST.get("seen", ""), request.staff.actor
    try:
        issued = issue_one_off(
            invoice_id=found.id,
            accepted=accepted,
            why=why,
            actor=actor,
            now=_now(contracts.get(found.contract_id)),
        )
    except SecondPersonNeeded:
        asked = ask_one_off(invoice_id=found.id, accepted=accepted, why=why, actor=actor, now=clock.now())
        flash.done(request, _("A second person is asked. The invoice is issued when they agree."))
        return redirect("backoffice:approval", asked.public_id)
    except Refusal as refusal:
        flash.refused(request, refused(refusal).sentence)
        return redirect("backoffice:draft", found.public_id)
    flash.done(request, _("Invoice {number} is issued.").format(number=issued.title))
    return redirect("backoffice:invoice", issued.public_id)


def _show(
    request: SellersVisitor,
    contract: ContractInfo,
    form: Lines,
    *,
    found: InvoiceDetail | None = None,
    why: Why | None = None,
) -> HttpResponse:
    context = {
        "contract": contract,
        "organization": customers.get(contract.customer_id).legal_name,
        "form": form,
        "draft": found,
    }
    if found is not None:
        context |= {
            "why": why,
            "total": Money(found.total_minor, found.currency),
            "seen": seen(found),
            "needs_second": needs_second(found, at=_now(contract)),
        }
    wrong = form.errors or (why is not None and why.errors)
    return render(request, "backoffice/drafts/draft.html", context, status=422 if wrong else 200)


def _lines(request: SellersVisitor | None, found: InvoiceDetail) -> Lines:
    posted = None if request is None or request.method != "POST" else request.POST
    return Lines(
        posted,
        there=written(found),
        currency=found.currency,
        language=get_language() or "en",
        named=found.id,
    )


def _review(request: SellersVisitor, found: InvoiceDetail) -> HttpResponse:
    """GET: what waits, and until when. POST: `issue` it now, or `park` it; either with a reason."""
    why = Why(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not why.is_valid():
        contract = contracts.get(found.contract_id)
        context = {
            "draft": found,
            "contract": contract,
            "organization": customers.get(contract.customer_id).legal_name,
            "lines": [
                (line_label(line.kind, line.name, get_language() or "en"), line.amount_minor)
                for line in found.lines
            ],
            "total": Money(found.total_minor, found.currency),
            "until": _waits_until(found),
            "why": why,
        }
        status = 422 if why.errors else 200
        return render(request, "backoffice/drafts/review.html", context, status=status)
    now = _now(contracts.get(found.contract_id))
    said = {"invoice_id": found.id, "why": why.cleaned_data["why"], "actor": request.staff.actor, "now": now}
    if "park" in request.POST:
        park_reviewed(**said)
        flash.done(request, _("The invoice is parked: it waits until somebody issues it."))
        return redirect("backoffice:draft", found.public_id)
    issue_reviewed(**said)
    flash.done(request, _("Invoice {number} is issued.").format(number=invoices.get(found.id).title))
    return redirect("backoffice:invoice", found.public_id)


def _waits_until(found: InvoiceDetail) -> datetime | None:
    """When it is issued by itself."""
    entry = agenda.find(ISSUE.name, subject=found.id)
    return None if entry is None else entry.due_at


def _draft(text: str) -> InvoiceDetail:
    """Raises Http404 for what is no draft any more: its invoice has a page of its own."""
    key = parse("inv", text)
    if key is None:
        raise Http404(text)
    found = invoices.get(key)
    if found.state is not State.DRAFT or found.reason not in DRAFTS:
        raise Http404(text)
    return found


def _now(contract: ContractInfo) -> datetime:
    """On the customer's clock."""
    return customers.moment_of(contract.customer_id, real=clock.now()).now
