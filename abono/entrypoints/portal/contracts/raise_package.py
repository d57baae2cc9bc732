"""Raise the channel package: choose, see before and after side by side, pay the difference (CHG-1, CHG-5, LIM-4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.labels import package_name
from abono.domain.catalog.types import PackageInfo
from abono.domain.contracts import queries as contracts
from abono.domain.contracts.errors import ContractNotRunning
from abono.domain.contracts.states import State
from abono.domain.contracts.types import ContractInfo
from abono.domain.invoicing.errors import AmountChanged, InvoiceOverdue
from abono.domain.payments import queries as payments
from abono.entrypoints.portal.session_prices import PriceLine, session_prices
from abono.entrypoints.site import flash
from abono.entrypoints.site.design.comparison import PackageCard, Volume
from abono.entrypoints.site.posted import posted_amount
from abono.entrypoints.site.refusals import answered, refused
from abono.entrypoints.site.visit import Visit, Visitor
from abono.flows.changes.ask import raise_package
from abono.flows.changes.preview import RaisePreview, raised
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse, public
from abono.kernel.rating import to_micro
from abono.platform import clock, formats

SHOWN_VOLUMES = 3  # on each card of the chooser


@dataclass(frozen=True, slots=True)
class Compared:
    """One kind of send before and after."""

    before: PriceLine
    after: PriceLine


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def page(request: Visitor, contract_id: str) -> HttpResponse:
    """GET: choose; with `?package=` also before and after. POST: pay the difference, raise."""
    visit, moment = request.visit, clock.moment(request.visit.now_offset_s)
    contract, now = _own(visit, contract_id), moment.now
    if request.method != "POST":
        return _show(request, contract, request.GET.get("package", ""), now)
    code = request.POST.get("package", "")
    if code == contract.package_code:  # the second of two presses, or a page from the browser's history
        text = _("The channel package is {package} already. Nothing was charged again.")
        flash.told(request, text.format(package=package_name(code, visit.language)))
        return redirect("portal:plans")
    accepted = posted_amount(request, "today_minor", contract.currency)
    try:
        raised_to = raise_package(
            contract_id=contract.id,
            customer_id=visit.customer_id,
            package_code=code,
            accepted=accepted,
            actor=visit.actor,
            moment=moment,
        )
    except AmountChanged:
        return _show(request, _own(visit, contract_id), code, now, changed=True)
    except Refusal as refusal:
        return _show(request, _own(visit, contract_id), code, now, refusal=refusal)
    amount = formats.money(raised_to.preview.difference, visit.language)
    if raised_to.charged is None or raised_to.charged.paid:
        text = _("The channel package is {package} now: {amount} paid. Sending is open.")
        flash.done(request, text.format(package=package_name(code, visit.language), amount=amount))
    else:
        return redirect("portal:payment", public("att", raised_to.charged.attempt_id))
    return redirect("portal:plans")


def _own(visit: Visit, public_id: str) -> ContractInfo:
    """A contract of the visitor's organization; any other does not exist for them (ACC-2)."""
    key = parse("ctr", public_id)
    if key is None:
        raise Http404(public_id)
    return contracts.get(key, customer_id=visit.customer_id)


def _show(
    request: Visitor,
    contract: ContractInfo,
    code: str,
    now: datetime,
    *,
    refusal: Refusal | None = None,
    changed: bool = False,
) -> HttpResponse:
    visit = request.visit
    if contract.state is not State.ACTIVE:
        raise ContractNotRunning(contract.number)
    bigger = bigger_packages(contract, now)
    said = None if refusal is None else refused(refusal)
    priced = _Prices(visit, now)
    card = payments.card_in_use(visit.customer_id)
    context: dict[str, object] = {
        "contract": contract,
        "before_name": package_name(contract.package_code, visit.language),
        "packages": [_choice(package, visit, priced) for package in bigger],
        "card": None if card is None else card.name,
        "refusal": said,
        "changed": changed,
    }
    status = 200 if said is None else said.status
    code = code or (bigger[0].code if bigger else "")
    try:
        preview = raised(contract, code, now=now) if code else None
    except InvoiceOverdue as late:  # it is said before anything is chosen
        preview, context["refusal"] = None, refused(late)
    if preview is not None:
        compared = _compared(preview, priced)
        context |= {
            "chosen": code,
            "preview": preview,
            "after_name": _name(preview.after, visit),
            "compared": compared,
            "decimals": formats.decimals_of(
                (one.price_micro for both in compared for one in (both.before, both.after)), contract.currency
            ),
        }
    return render(request, "portal/contracts/raise.html", context, status=409 if changed else status)


def bigger_packages(contract: ContractInfo, now: datetime) -> list[PackageInfo]:
    """What the contract's package can be raised to, the smallest first."""
    return [
        package
        for package in catalog.packages_on_sale(currency=contract.currency, at=now)
        if package.value_minor > contract.package_value_minor
    ]


def _name(package: PackageInfo, visit: Visit) -> str:
    return package_name(package.code, visit.language)


def _choice(package: PackageInfo, visit: Visit, priced: _Prices) -> PackageCard:
    """The card of the chooser, with the volumes of the first channels that cost something."""
    lines = [line for line in priced.of(package) if line.volume]
    return PackageCard(
        code=package.code,
        value=_name(package, visit),
        volumes=tuple(
            Volume(f"{line.channel}", line.volume) for line in _first_of_each_channel(lines)[:SHOWN_VOLUMES]
        ),
    )


def _first_of_each_channel(lines: list[PriceLine]) -> list[PriceLine]:
    found: dict[str, PriceLine] = {}
    for line in lines:
        found.setdefault(line.channel, line)
    return list(found.values())


def _compared(preview: RaisePreview, priced: _Prices) -> list[Compared]:
    """Session prices side by side, of the kinds of send that cost something."""
    before = {line.route: line for line in priced.of(preview.before)}
    after = priced.of(preview.after)
    return [Compared(before[line.route], line) for line in after if line.route in before and line.price_micro]


class _Prices:
    """Session prices of packages in the visitor's country; each package is asked for once."""

    def __init__(self, visit: Visit, now: datetime) -> None:
        self._visit, self._now = visit, now
        self._channels = catalog.channels(language=visit.language)
        self._known: dict[UUID, tuple[PriceLine, ...]] = {}

    def of(self, package: PackageInfo) -> tuple[PriceLine, ...]:
        if package.id not in self._known:
            self._known[package.id] = session_prices(
                package_id=package.id,
                value_micro=to_micro(package.value),
                country=self._visit.customer.country,
                at=self._now,
                language=self._visit.language,
                channels=self._channels,
            ).own
        return self._known[package.id]
