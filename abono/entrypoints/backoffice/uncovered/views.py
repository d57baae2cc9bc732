"""Uncovered sends as the seller sees them: by customer, and what is decided of them (PKG-12)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from abono.domain.catalog import queries as catalog
from abono.domain.contracts import queries as contracts
from abono.domain.contracts.types import ContractInfo
from abono.domain.customers import queries as customers
from abono.domain.customers.types import Organization
from abono.domain.settings import queries as settings
from abono.domain.settings.known import UNCOVERED
from abono.domain.settings.types import Whose
from abono.domain.uncovered import queries
from abono.domain.uncovered.types import Decision, Group, State
from abono.entrypoints.backoffice.uncovered.forms import Decide
from abono.entrypoints.site import flash
from abono.entrypoints.site.design.uncovered import Named, named
from abono.entrypoints.site.visit import SellersVisitor
from abono.flows.uncovered.decide import decide_uncovered
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse
from abono.platform import clock, formats

DECIDED_SHOWN = 20


@dataclass(frozen=True, slots=True)
class WithOpen:
    """A contract with open uncovered sends; the total is that of those with a price, None where none has one."""

    contract: ContractInfo
    organization: str
    sends: int
    unpriced: int
    total_micro: int | None


@dataclass(frozen=True, slots=True)
class Kept:
    """Sends that are alike, and the form that decides of them."""

    named: Named
    facts: Group
    form: Decide
    may_bill: bool


@dataclass(frozen=True, slots=True)
class Decided:
    contract: ContractInfo
    organization: str
    facts: Decision
    state: State


@require_safe
def page(request: SellersVisitor) -> HttpResponse:
    """Contracts with uncovered sends of which nobody has decided, and what was decided last."""
    context = {
        "open": [_whose(key) for key in queries.contracts_with_open()],
        "decided": [_decided(one) for one in queries.decisions(limit=DECIDED_SHOWN)],
    }
    return render(request, "backoffice/uncovered/page.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: SellersVisitor, contract_id: str) -> HttpResponse:
    """The uncovered sends of one contract by what they are; a form for each decides of it."""
    contract, customer = _contract(contract_id)
    if request.method != "POST":
        return _show(request, contract, customer, None)
    language = get_language() or "en"
    form = Decide(request.POST.dict(), currency=contract.currency, language=language)
    if not form.is_valid():
        return _show(request, contract, customer, form)
    bill = "bill" in request.POST
    try:
        decision = decide_uncovered(
            contract_id=contract.id,
            which=form.which,
            bill=bill,
            typed_micro=form.typed_micro if bill else None,
            why=form.cleaned_data["why"],
            actor=request.staff.actor,
            now=customer.moment(clock.now()).now,
        )
    except Refusal as refusal:
        flash.refused(request, _(refusal.message).format(**refusal.facts))
    else:
        flash.done(request, _said(decision, contract, language))
    return redirect("backoffice:uncovered-decide", contract.public_id)


def _said(decision: Decision, contract: ContractInfo, language: str) -> str:
    if decision.bill_from is None:
        return _("Let go. Sends that are not billed: {sends}.").format(sends=decision.sends)
    return _("Told to the customer: {total}, billed from {day} (UTC) on. Sends: {sends}.").format(
        total=formats.micro(decision.total_micro, contract.currency, language),
        sends=decision.sends,
        day=formats.moment(decision.bill_from, "UTC", language),
    )


def _show(
    request: SellersVisitor, contract: ContractInfo, customer: Organization, wrong: Decide | None
) -> HttpResponse:
    language = get_language() or "en"
    channels = catalog.channels(language=language)
    now = customer.moment(clock.now()).now
    never = settings.value(UNCOVERED, whose=Whose(contract.plan_code, contract.id), at=now) == "never"
    kept = []
    for place, group in enumerate(queries.groups(contract.id)):
        form = Decide(None, currency=contract.currency, language=language, place=place)
        form.initial = _key(group)
        if wrong is not None and {name: wrong.data.get(name, "") for name in _key(group)} == _key(group):
            form, wrong.auto_id = wrong, form.auto_id
        may_bill = not (never or group.hold_refused or group.waits or group.held)
        kept.append(Kept(named(group, channels, language), group, form, may_bill))
    context = {
        "contract": contract,
        "organization": customer.legal_name,
        "kept": kept,
        "never": never,
        "decided": [
            Decided(contract, customer.legal_name, one, one.state(now))
            for one in queries.decisions(contract_id=contract.id)
        ],
    }
    return render(request, "backoffice/uncovered/contract.html", context, status=422 if wrong else 200)


def _key(group: Group) -> dict[str, str]:
    return {"channel": group.channel, "kind": group.kind, "country": group.country, "code": group.why}


def _contract(text: str) -> tuple[ContractInfo, Organization]:
    key = parse("ctr", text)
    if key is None:
        raise Http404(text)
    try:
        contract = contracts.get(key)
    except Refusal as refusal:
        raise Http404(text) from refusal
    return contract, customers.get(contract.customer_id)


def _whose(contract_id: UUID) -> WithOpen:
    contract = contracts.get(contract_id)
    groups = queries.groups(contract_id)
    return WithOpen(
        contract,
        customers.get(contract.customer_id).legal_name,
        sum(group.sends for group in groups),
        sum(group.sends for group in groups if group.total_micro is None),
        sum(priced)
        if (priced := [group.total_micro for group in groups if group.total_micro is not None])
        else None,
    )


def _decided(one: Decision) -> Decided:
    contract = contracts.get(one.contract_id)
    customer = customers.get(contract.customer_id)
    return Decided(contract, customer.legal_name, one, one.state(customer.moment(clock.now()).now))
