"""One-off invoices: written for a contract's customer, kept as a draft, looked at as a document, discarded or issued (INV-10)."""

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
from abono.domain.invoicing.states import Reason
from abono.domain.invoicing.types import InvoiceDetail
from abono.entrypoints.backoffice.one_off.forms import Lines, Whose, Why
from abono.entrypoints.site import flash
from abono.entrypoints.site.files import makes_file
from abono.entrypoints.site.refusals import answered, refused
from abono.entrypoints.site.visit import SellersVisitor
from abono.flows.approvals.ask import ask_one_off
from abono.flows.billing.documents import draft_file
from abono.flows.one_off.draft import discard_draft, find_draft, rewrite_draft, seen, write_draft, written
from abono.flows.one_off.issue import issue_one_off, needs_second
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse, uuid7
from abono.kernel.money import Money
from abono.platform import clock
from abono.platform.web import download

PER_PAGE = 50


@require_safe
def page(request: SellersVisitor) -> HttpResponse:
    """Drafts that wait, and the way to a new one: `?contract=` leads there."""
    form = Whose(request.GET or None)
    if form.is_valid():
        return redirect("backoffice:one-off-new", form.found.public_id)
    context = {"rows": invoices.drafts(reason=Reason.ONE_OFF, limit=PER_PAGE), "form": form}
    return render(request, "backoffice/one_off/page.html", context, status=422 if form.errors else 200)


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
            return redirect("backoffice:one-off-draft", made.public_id)
    return _show(request, contract, form)


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def draft(request: SellersVisitor, draft_id: str) -> HttpResponse:
    """GET: the draft and what issuing it does. POST: other lines, `discard`, or `issue` what was seen."""
    found = _draft(draft_id)
    contract = contracts.get(found.contract_id)
    form, why = _lines(request, found), Why()
    if request.method != "POST":
        return _show(request, contract, form, found=found, why=why)
    if "issue" in request.POST:
        why = Why(request.POST)
        if not why.is_valid():
            return _show(request, contract, _lines(None, found), found=found, why=why)
        return _issue(request, found, why.cleaned_data["why"])
    try:
        if "discard" in request.POST:
            discard_draft(invoice_id=found.id, now=_now(contract))
            flash.done(request, _("The draft is discarded. Nobody was told of it."))
            return redirect("backoffice:one-off")
        if not form.is_valid():
            return _show(request, contract, form, found=found, why=why)
        rewrite_draft(invoice_id=found.id, lines=form.lines, now=_now(contract))
        flash.done(request, _("The draft is kept. Nobody was told of it."))
    except Refusal as refusal:
        flash.refused(request, refused(refusal).sentence)
    return redirect("backoffice:one-off-draft", draft_id)


@makes_file
@answered
def pdf(request: SellersVisitor, draft_id: str) -> HttpResponse:
    """What the document would say, as the draft stands."""
    found = _draft(draft_id)
    name, content = draft_file(found, get_language() or "en", real=clock.now())
    return download.pdf(content, name)


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
        return redirect("backoffice:one-off-draft", found.public_id)
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
    return render(request, "backoffice/one_off/draft.html", context, status=422 if wrong else 200)


def _lines(request: SellersVisitor | None, found: InvoiceDetail) -> Lines:
    posted = None if request is None or request.method != "POST" else request.POST
    return Lines(
        posted,
        there=written(found),
        currency=found.currency,
        language=get_language() or "en",
        named=found.id,
    )


def _draft(text: str) -> InvoiceDetail:
    """Raises Http404 for what is no draft any more: its invoice has a page of its own."""
    key = parse("inv", text)
    if key is None:
        raise Http404(text)
    return find_draft(key)


def _now(contract: ContractInfo) -> datetime:
    """On the customer's clock."""
    return customers.moment_of(contract.customer_id, real=clock.now()).now
