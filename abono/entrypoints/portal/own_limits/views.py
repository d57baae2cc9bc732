"""Usage › Limits of your own: a cap on each cycle and a budget per channel (LIM-5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from abono.domain.catalog import queries as catalog
from abono.domain.contracts.types import ContractInfo
from abono.domain.metering import own_limits as metering
from abono.domain.metering import queries
from abono.domain.metering.own_limits import OwnLimits
from abono.domain.metering.types import Balance
from abono.domain.usage import queries as usage
from abono.entrypoints.portal.own_limits.forms import OwnLimitsForm
from abono.entrypoints.portal.own_limits.shown import own_limit_rows, stops
from abono.entrypoints.site import flash
from abono.entrypoints.site.posted import posted
from abono.entrypoints.site.refusals import answered
from abono.entrypoints.site.visit import Visitor
from abono.flows.limits.set_own import set_own_limits
from abono.platform import formats
from abono.platform.clock import shifted


@require_safe
def page(request: Visitor) -> HttpResponse:
    """What is limited and what is left of it; Administrators have the form below."""
    contract = request.visit.contract
    if contract is None:
        return render(request, "portal/usage/none.html", {"contract": None})
    return _show(request, contract, None)


@posted("portal:own-limits")
@answered
def save(request: Visitor) -> HttpResponse:
    """Put what was typed in the place of the limits before."""
    visit, now = request.visit, shifted(request.visit.now_offset_s)
    contract = visit.contract
    if contract is None:
        raise Http404("no contract")
    form = _form(request, contract, request.POST.dict())
    if not form.is_valid():
        return _show(request, contract, form)
    balance = queries.find_balance(contract_id=contract.id, at=now)
    stopped = [] if balance is None else _stops(form, balance, contract, visit.language)
    if stopped and request.POST.get("confirmed") != form.fingerprint:
        return _show(request, contract, form, stopped=stopped)
    set_own_limits(
        contract_id=contract.id,
        customer_id=visit.customer_id,
        cap_micro=form.cap_micro,
        budgets=form.budgets,
        actor=visit.actor,
        now=now,
    )
    flash.done(request, _said(form, contract, visit.language))
    return redirect("portal:own-limits")


def _form(
    request: Visitor, contract: ContractInfo, data: Mapping[str, str] | None, limits: OwnLimits | None = None
) -> OwnLimitsForm:
    language = request.visit.language
    return OwnLimitsForm(
        data,
        contract=contract,
        limits=limits or metering.own_limits(contract.id),
        channels=catalog.channels(language=language),
        language=language,
    )


def _show(
    request: Visitor,
    contract: ContractInfo,
    form: OwnLimitsForm | None,
    *,
    stopped: Sequence[str] = (),
) -> HttpResponse:
    """The page; with a form that was sent, what is wrong with it, or what `stopped` says that it stops at once."""
    visit, now = request.visit, shifted(request.visit.now_offset_s)
    balance = queries.find_balance(contract_id=contract.id, at=now)
    limits = metering.own_limits(contract.id)
    shown = form or _form(request, contract, None, limits)
    context = {
        "contract": contract,
        "balance": balance,
        "rows": [] if balance is None else own_limit_rows(balance, contract.currency, shown.catalog),
        "above": balance is not None and balance.cap_micro is not None and balance.cap_micro > balance.ceiling_micro,
        "form": shown,
        "may_edit": visit.administers,
        "changed_at": limits.changed_at,
        "stopped": stopped,
    }  # fmt: skip
    wrong = form is not None and not stopped
    return render(request, "portal/own_limits/page.html", context, status=422 if wrong else 200)


def _stops(form: OwnLimitsForm, balance: Balance, contract: ContractInfo, language: str) -> list[str]:
    used: Counter[str] = Counter()
    if form.budgets:
        for use in usage.use_by_route(contract_id=contract.id, cycle_start=balance.cycle.start):
            used[use.channel] += use.sent_micro + use.held_micro
    return stops(form, balance, used, contract.currency, language)


def _said(form: OwnLimitsForm, contract: ContractInfo, language: str) -> str:
    """What holds from now on, in one sentence."""
    if form.cap_micro is None and not form.budgets:
        return _("There are no limits of your own any more. The limit of the contract stays.")
    if form.cap_micro is None:
        return _("The budgets hold from now on, in this cycle and in each one after it.")
    return _("From now on no send passes {cap} in a cycle.").format(
        cap=formats.micro(form.cap_micro, contract.currency, language)
    )
