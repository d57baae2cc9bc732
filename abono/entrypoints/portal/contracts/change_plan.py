"""Change plan: choose plan, package and licences. What it would be is the page of the change that is quoted (CHG-1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.labels import package_name
from abono.domain.catalog.types import PackageInfo, PlanInfo, PlanPriceInfo
from abono.domain.contracts import queries as contracts
from abono.domain.contracts.errors import ContractNotRunning, NoSuchContract
from abono.domain.contracts.states import State
from abono.domain.contracts.types import MONTH, MOST_LICENCES, YEAR, ContractInfo
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import InvoiceOverdue
from abono.domain.settings import queries as settings
from abono.domain.settings.known import CHANGE_STEP_DOWN, YEAR_UNUSED
from abono.domain.settings.types import Whose
from abono.entrypoints.portal import intervals
from abono.entrypoints.portal.session_prices import PriceLine, Prices
from abono.entrypoints.site.design.comparison import PackageCard, Volume
from abono.entrypoints.site.refusals import answered, refused
from abono.entrypoints.site.visit import Visit, Visitor
from abono.flows.changes.ask import make_quote
from abono.flows.charges.paid_for import paid_until
from abono.flows.quotes.seen import held_of
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse
from abono.platform import clock, formats

SHOWN_VOLUMES = 3  # on each card of the chooser


class LicencesForm(forms.Form):
    """How many extra ones (LIC-6)."""

    licences = forms.IntegerField(
        label=gettext_lazy("Extra licences"),
        help_text=gettext_lazy(
            "Beside those that the plan includes. What one more costs a month stands with each plan."
        ),
        min_value=0,
        max_value=MOST_LICENCES,
    )


@dataclass(frozen=True, slots=True)
class Chosen:
    plan: str
    package: str
    licences: LicencesForm
    interval: str


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def page(request: Visitor, contract_id: str) -> HttpResponse:
    """GET: choose; `?bigger` begins with the next bigger package. POST: quote it, and go on to before and after. Nothing is
    changed here, and nothing is charged."""
    visit, moment = request.visit, clock.moment(request.visit.now_offset_s)
    contract = _own(visit, contract_id)
    asked = request.POST if request.method == "POST" else request.GET
    package = _bigger(contract, moment.now) if "bigger" in asked else contract.package_code
    licences = LicencesForm({"licences": asked.get("licences", str(contract.extra_licences))[:9]})
    chosen = Chosen(
        asked.get("plan", contract.plan_code)[:30],
        asked.get("package", package)[:30],
        licences,
        asked.get("interval", contract.interval)[:5],
    )
    if request.method != "POST" or not licences.is_valid():
        return _choose(request, contract, chosen, moment.now)
    try:
        change = make_quote(
            contract_id=contract.id,
            customer_id=visit.customer_id,
            plan_code=chosen.plan,
            package_code=chosen.package,
            extra_licences=licences.cleaned_data["licences"],
            interval=chosen.interval,
            actor=visit.actor,
            moment=moment,
        )
    except Refusal as refusal:
        return _choose(request, contract, chosen, moment.now, refusal=refusal)
    return redirect("portal:change", change.public_id)


def _bigger(contract: ContractInfo, now: datetime) -> str:
    """The next bigger package on sale; its own where there is none."""
    sold = catalog.packages_on_sale(currency=contract.currency, at=now)
    bigger = [package.code for package in sold if package.value_minor > contract.package_value_minor]
    return bigger[0] if bigger else contract.package_code


def _own(visit: Visit, public_id: str) -> ContractInfo:
    """A contract of the visitor's organization; any other does not exist for them (ACC-2)."""
    key = parse("ctr", public_id)
    if key is None:
        raise NoSuchContract()
    return contracts.get(key, customer_id=visit.customer_id)


def _choose(
    request: Visitor, contract: ContractInfo, chosen: Chosen, now: datetime, *, refusal: Refusal | None = None
) -> HttpResponse:
    visit = request.visit
    if contract.state is not State.ACTIVE:
        raise ContractNotRunning(contract.number)
    status, late = 422 if request.method == "POST" else 200, invoices.overdue(contract.id, now=now)
    if refusal is not None:
        status = refused(refusal).status
    elif late is not None:  # it is said before anything is chosen
        refusal = InvoiceOverdue(late.title, late.public_id)
    held = held_of(contract.id, at=now)
    context = {
        "contract": contract,
        "held": held,
        "package_name": package_name(contract.package_code, visit.language),
        "plans": _plans(contract, visit, now),
        "packages": _packages(contract, visit, now),
        "chosen": chosen,
        "intervals": _intervals(contract, now),
        "down_at_once": _down_at_once(contract, now),
        "paid_until": _paid_until(contract, now),
        "refusal": None if refusal is None or held is not None else refused(refusal),
    }
    return render(request, "portal/contracts/change_plan.html", context, status=status)


def _down_at_once(contract: ContractInfo, now: datetime) -> bool:
    whose = Whose(contract.plan_code, contract.id)
    return settings.value(CHANGE_STEP_DOWN, whose=whose, at=now) == "at_once"


def _paid_until(contract: ContractInfo, now: datetime) -> datetime | None:
    """Until when a plan that is paid for by the year stays; None where a smaller one comes with the next cycle (CAT-10)."""
    whose = Whose(contract.plan_code, contract.id)
    return paid_until(contract) if settings.value(YEAR_UNUSED, whose=whose, at=now) == "end" else None


def _intervals(contract: ContractInfo, now: datetime) -> list[tuple[str, str]]:
    """By which plans are sold to it; none where there is no choice (CAT-10)."""
    sold = catalog.plans_priced(currency=contract.currency, interval=YEAR, at=now)
    labels = [(MONTH, _("each month")), (YEAR, _("once a year"))]
    return labels if sold or contract.interval == YEAR else []


def _plans(contract: ContractInfo, visit: Visit, now: datetime) -> list[PackageCard]:
    """Those on sale in the contract's currency, by rank; of what the contract has its own version."""
    own = catalog.plan(contract.plan_id)
    sold = [plan for plan in catalog.plans_on_sale(at=now) if intervals.prices_of(plan.id, contract.currency)]
    found = [own if plan.code == own.code else plan for plan in sold if not plan.on_request]
    if own not in found:
        found = sorted([*found, own], key=lambda plan: plan.rank)
    return [_plan_card(plan, contract, visit) for plan in found]


def _plan_card(plan: PlanInfo, contract: ContractInfo, visit: Visit) -> PackageCard:
    prices = intervals.prices_of(plan.id, contract.currency)
    price = prices.get(contract.interval) or next(iter(prices.values()))
    facts = [
        (_("A month"), _price(prices.get(MONTH), visit)),
        (_("A year"), _price(prices.get(YEAR), visit)),
        (_("InteractionZ a month"), _number(plan.included_credits, visit)),
        (_("Licences"), _number(plan.included_licences, visit)),
        (_("Each extra licence"), _each(price, visit)),
    ]
    return PackageCard(
        code=plan.code,
        value=plan.name,
        volumes=tuple(Volume(label, text) for label, text in facts if text),
        badge=_("Your plan") if plan.id == contract.plan_id else "",
    )


def _price(price: PlanPriceInfo | None, visit: Visit) -> str:
    return "" if price is None else formats.money(price.price, visit.language)


def _each(price: PlanPriceInfo, visit: Visit) -> str:
    return formats.money(price.extra_licence, visit.language) if price.extra_licence else ""


def _number(value: int | None, visit: Visit) -> str:
    return "" if value is None else formats.number(value, visit.language)


def _packages(contract: ContractInfo, visit: Visit, now: datetime) -> list[PackageCard]:
    """Those on sale, from the smallest to the biggest; of what the contract has its own version."""
    own = catalog.package(contract.package_id)
    sold = catalog.packages_on_sale(currency=contract.currency, at=now)
    found = [own if package.code == own.code else package for package in sold]
    if own not in found:
        found = sorted([*found, own], key=lambda package: package.value_minor)
    prices = Prices(visit, now)
    return [_package_card(package, contract, visit, prices) for package in found]


def _package_card(package: PackageInfo, contract: ContractInfo, visit: Visit, prices: Prices) -> PackageCard:
    """With the volumes of the first channels that cost something."""
    lines = [line for line in prices.of(package) if line.volume]
    return PackageCard(
        code=package.code,
        value=package_name(package.code, visit.language),
        volumes=tuple(
            Volume(line.channel, line.volume) for line in _first_of_each_channel(lines)[:SHOWN_VOLUMES]
        ),
        badge=_("Your package") if package.id == contract.package_id else "",
    )


def _first_of_each_channel(lines: list[PriceLine]) -> list[PriceLine]:
    found: dict[str, PriceLine] = {}
    for line in lines:
        found.setdefault(line.channel, line)
    return list(found.values())
