"""Prices of its own and add-ons of one contract: seen, added and ended, each after a look at the next invoice (CAT-11)."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from abono.domain.approvals.errors import SecondPersonNeeded
from abono.domain.approvals.types import ApprovalDetail
from abono.domain.contracts import arrangements
from abono.domain.contracts import queries as contracts
from abono.domain.contracts.types import ContractInfo
from abono.domain.customers import queries as customers
from abono.entrypoints.backoffice.arrangements.forms import Arrange, End, Number
from abono.entrypoints.site import flash
from abono.entrypoints.site.actors import names_of
from abono.entrypoints.site.design.arranged import shown_arrangements
from abono.entrypoints.site.design.next_invoice import compared
from abono.entrypoints.site.refusals import Refused, answered, refused
from abono.entrypoints.site.visit import SellersVisitor
from abono.flows.approvals.ask import ask_arrangement, ask_arrangement_end
from abono.flows.arrangements.arrange import (
    Looked,
    arrange,
    end,
    needs_second,
    preview_arranged,
    preview_end,
)
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse
from abono.platform import clock


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def page(request: SellersVisitor) -> HttpResponse:
    """GET: choose a contract, and see what was arranged for it. POST: look at one more; with `confirm`, arrange it."""
    chosen = request.POST if request.method == "POST" else request.GET
    number = Number(chosen if "contract" in chosen else None)
    if not number.is_valid():
        status = 422 if number.is_bound else 200
        return render(request, "backoffice/arrangements/page.html", {"number": number}, status=status)
    contract: ContractInfo = number.cleaned_data["contract"]
    language, refusal, looked = get_language() or "en", None, None
    posted = request.POST if request.method == "POST" else None
    form = Arrange(posted, contract=contract, language=language)
    if form.is_valid():
        try:
            if request.POST.get("confirm") == form.seen:
                arrange(contract_id=contract.id, asked=form.asked, actor=request.staff.actor, now=clock.now())
                flash.done(request, _("Arranged, and told to the customer."))
                return redirect(_back(contract))
            looked = preview_arranged(contract_id=contract.id, asked=form.asked, now=clock.now())
        except SecondPersonNeeded:
            made = ask_arrangement(
                contract_id=contract.id, asked=form.asked, actor=request.staff.actor, now=clock.now()
            )
            return _is_asked(request, made)
        except Refusal as no:
            refusal = refused(no)
    context = {**_context(contract, language), "number": number, "form": form}
    return _answer(request, "page", context, looked, refusal, wrong=form.is_bound and bool(form.errors))


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def arrangement(request: SellersVisitor, arrangement_id: str) -> HttpResponse:
    """GET: when shall it end. POST: look at that; with `confirm`, end it."""
    contract, key = _whose(arrangement_id)
    language, refusal, looked = get_language() or "en", None, None
    form = End(request.POST if request.method == "POST" else None)
    if form.is_valid():
        told = {"last": form.cleaned_data["last"], "why": form.cleaned_data["why"], "now": clock.now()}
        try:
            if request.POST.get("confirm") == form.seen:
                end(contract_id=contract.id, arrangement_id=key, actor=request.staff.actor, **told)
                flash.done(request, _("It ends then, and the customer is told."))
                return redirect(_back(contract))
            looked = preview_end(contract_id=contract.id, arrangement_id=key, **told)
        except SecondPersonNeeded:
            made = ask_arrangement_end(
                contract_id=contract.id, arrangement_id=key, actor=request.staff.actor, **told
            )
            return _is_asked(request, made)
        except Refusal as no:
            refusal = refused(no)
    context = {**_context(contract, language, only=arrangement_id), "form": form}
    return _answer(request, "end", context, looked, refusal, wrong=form.is_bound and bool(form.errors))


def _is_asked(request: SellersVisitor, made: ApprovalDetail) -> HttpResponse:
    flash.done(request, _("A second person is asked. It is done, and the customer told, when they agree."))
    return redirect("backoffice:approval", made.public_id)


def _answer(
    request: SellersVisitor,
    name: str,
    context: dict[str, object],
    looked: Looked | None,
    refusal: Refused | None,
    *,
    wrong: bool,
) -> HttpResponse:
    context |= {
        "refusal": refusal,
        "preview": None if looked is None else compared(looked.invoice),
        "needs_second": looked is not None and needs_second(looked, at=clock.now()),
    }
    status = refusal.status if refusal else 422 if wrong else 200
    return render(request, f"backoffice/arrangements/{name}.html", context, status=status)


def _context(contract: ContractInfo, language: str, *, only: str = "") -> dict[str, object]:
    customer, now = customers.get(contract.customer_id), clock.now()
    found = shown_arrangements(
        arrangements.of_contract(contract.id),
        zone=customer.time_zone,
        language=language,
        now=customer.moment(now).now,
    )
    by = names_of(one.actor for one in found)
    rows = [(one, by[one.actor]) for one in found if only in ("", one.public_id)]
    return {"contract": contract, "organization": customer.legal_name, "rows": rows, "back": _back(contract)}


def _back(contract: ContractInfo) -> str:
    return f"{reverse('backoffice:arrangements')}?contract={contract.number}"


def _whose(text: str) -> tuple[ContractInfo, UUID]:
    """Raises Http404."""
    key = parse("arr", text)
    contract_id = None if key is None else arrangements.contract_of(key)
    if key is None or contract_id is None:
        raise Http404(text)
    return contracts.get(contract_id), key
