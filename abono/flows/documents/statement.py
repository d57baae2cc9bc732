"""What became of the channel package in one cycle, as a document: the sums of the usage page (PKG-3, FIN-5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.utils.translation import gettext as _
from django.utils.translation import override

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.labels import package_name, route_name
from abono.domain.catalog.types import ChannelInfo, PackageInfo, RouteKey
from abono.domain.contracts.types import ContractInfo
from abono.domain.customers.types import Organization
from abono.domain.interactions import queries as interactions
from abono.domain.interactions.types import EVERY_CHANNEL
from abono.domain.invoicing import paper
from abono.domain.metering.types import Balance
from abono.domain.usage import queries as usage
from abono.domain.usage.rules import within
from abono.domain.usage.types import DayUse, RouteUse
from abono.flows.billing.invoices import buyer_of
from abono.flows.document_lock import as_asked
from abono.kernel.money import EXPONENT
from abono.kernel.periods import boundary_day, last_date
from abono.kernel.rating import to_money
from abono.platform import formats

type _Pairs = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class _Cycle:
    """One cycle, and the words in which it is told."""

    contract: ContractInfo
    customer: Organization
    balance: Balance
    package: PackageInfo
    channels: tuple[ChannelInfo, ...]
    over: bool
    language: str

    @property
    def first(self) -> date:
        return boundary_day(self.balance.cycle.start, self.customer.time_zone)

    @property
    def last(self) -> date:
        return last_date(self.balance.cycle.end, self.customer.time_zone)

    @property
    def days(self) -> str:
        return f"{formats.day(self.first, self.language)} – {formats.day(self.last, self.language)}"

    def amount(self, micro: int) -> str:
        """To the cent, as on the usage page."""
        currency = self.contract.currency
        return formats.micro(micro, currency, self.language, decimals=EXPONENT[currency])

    def count(self, number: int) -> str:
        return formats.number(number, self.language)


def statement_file(
    contract: ContractInfo,
    customer: Organization,
    balance: Balance,
    language: str,
    *,
    now: datetime,
    channels: tuple[ChannelInfo, ...] = (),
    for_seller: bool = False,
) -> tuple[str, bytes]:
    """File name and PDF of one cycle that has begun.

    customer     whose it is
    now          on the customer's clock: whether the cycle is over
    channels     of the catalog, where the caller read them already
    for_seller   open, whatever password the organization's documents have (FIN-6)

    Raises DocumentPasswordLost.
    """
    over = balance.cycle.end <= now
    said = written(contract, customer, balance, language, over=over, channels=channels)
    first = boundary_day(balance.cycle.start, customer.time_zone)
    pdf = paper.made("statement", said, at=balance.cycle.start)
    safe = as_asked(pdf, customer_id=contract.customer_id, for_seller=for_seller)
    return f"statement-{contract.number}-{first.isoformat()}.pdf", safe


def written(
    contract: ContractInfo,
    customer: Organization,
    balance: Balance,
    language: str,
    *,
    over: bool,
    channels: tuple[ChannelInfo, ...] = (),
) -> dict[str, object]:
    """Every word and figure of the document."""
    cycle = _Cycle(
        contract=contract,
        customer=customer,
        balance=balance,
        package=catalog.package(balance.package_id),
        channels=channels or catalog.channels(language=language),
        over=over,
        language=language,
    )
    with override(language):
        return _written(cycle)


def _written(cycle: _Cycle) -> dict[str, object]:
    contract, balance, language = cycle.contract, cycle.balance, cycle.language
    routes, days, ordered = usage.use_of_cycle(
        contract_id=contract.id,
        cycle=balance.cycle,
        zone=cycle.customer.time_zone,
        in_order=balance.overage_micro > 0,
    )
    beyond = within(ordered, since_micro=balance.value_micro, until_micro=balance.used_micro)
    free = usage.free_units(contract_id=contract.id, cycle_start=balance.cycle.start)
    heading = _("Statement of the package, contract {number}, {days}")
    zone = cycle.customer.time_zone.replace("_", " ")
    return {
        **paper.head(
            heading=heading.format(number=contract.number, days=cycle.days),
            title=cycle.days,
            buyer=buyer_of(cycle.customer),
            sandbox=cycle.customer.sandbox,
            facts=[
                paper.pair(_("Contract"), contract.number),
                paper.pair(_("Channel package"), package_name(cycle.package.code, language)),
            ],
            language=language,
        ),
        "state": _("Complete") if cycle.over else _("The cycle is running"),
        "over": cycle.over,
        "used": paper.pair(
            _("Used of {value}").format(value=cycle.amount(balance.value_micro)),
            cycle.amount(balance.used_micro),
        ),
        "balances": [
            {"title": _("Channel package"), "pairs": _of_package(cycle)},
            {"title": _("InteractionZ"), "pairs": _of_interactions(cycle)},
        ],
        "tables": [
            _sends(cycle, routes, beyond, free),
            *_opened(cycle),
            _by_day(cycle, days),
        ],
        "words": {
            "kind": _("Statement of the package"),
            "whose": _("Customer"),
            "status": _("Status"),
            "page": _("Page"),
            "days": _("Days are those of {zone}.").format(zone=zone),
        },
    }


def _of_package(cycle: _Cycle) -> _Pairs:
    balance, last = cycle.balance, formats.long_day(cycle.last, cycle.language)
    pairs = [
        paper.pair(_("Value of the cycle"), cycle.amount(balance.value_micro)),
        paper.pair(_("Used"), cycle.amount(balance.used_micro)),
        paper.pair(_("Set aside for sends that are being confirmed"), cycle.amount(balance.held_micro)),
    ]
    if cycle.over:
        pairs.append(paper.pair(_("Not used, and lost at the end"), cycle.amount(balance.unused_micro)))
    else:
        left = _("Left of the package, until {day}").format(day=last)
        pairs.append(paper.pair(left, cycle.amount(balance.unused_micro)))
    cost = formats.money(to_money(balance.overage_price_micro, cycle.contract.currency), cycle.language)
    share = formats.percent(balance.overage_percent, cycle.language)
    beyond = _("{used} at session prices, billed at {share}: {cost}")
    pairs.append(
        paper.pair(
            _("Used beyond the package"),
            beyond.format(used=cycle.amount(balance.overage_micro), share=share, cost=cost),
        )
    )
    limit = _("no limit") if balance.unlimited else cycle.amount(balance.ceiling_micro)
    pairs.append(paper.pair(_("Limit, with the package"), limit))
    if balance.cap_micro is not None:
        pairs.append(paper.pair(_("Your own cap"), cycle.amount(balance.cap_micro)))
    return pairs


def _of_interactions(cycle: _Cycle) -> _Pairs:
    balance = cycle.balance
    return [
        paper.pair(_("Included"), cycle.count(balance.included_interactions)),
        paper.pair(_("Used"), cycle.count(balance.interactions)),
        paper.pair(_("Beyond those included"), cycle.count(balance.extra_interactions)),
    ]


def _sends(
    cycle: _Cycle, routes: Sequence[RouteUse], beyond: dict[RouteKey, int], free: dict[tuple[str, str], int]
) -> dict[str, object]:
    """In the order of the catalog. Free units are counted for a kind whatever the country: they stand with its first."""
    order = {one.code: n for n, one in enumerate(cycle.channels)}
    rows, left = [], dict(free)
    for use in sorted(routes, key=lambda use: order.get(use.channel, len(order))):
        notes = _notes(
            cycle,
            use,
            beyond.get((use.channel, use.kind, use.country), 0),
            left.pop((use.channel, use.kind), 0),
        )
        name = route_name(cycle.channels, use.channel, use.kind, use.country, cycle.language)
        rows.append(
            _row(name, notes, cycle.count(use.sent), cycle.count(use.units), cycle.amount(use.sent_micro))
        )
    return {
        "title": _("Sends, by channel, kind and country"),
        "titles": [_("Kind of send"), _("Sends"), _("Units"), _("Used")],
        "rows": rows,
        "total": _row(
            _("Channel package used"),
            [],
            cycle.count(sum(use.sent for use in routes)),
            cycle.count(sum(use.units for use in routes)),
            cycle.amount(sum(use.sent_micro for use in routes)),
        ),
        "empty": _("Nothing was sent in this cycle."),
    }


def _notes(cycle: _Cycle, use: RouteUse, beyond_micro: int, free: int) -> list[str]:
    """What is to be said of one kind of send beside its figures."""
    notes = []
    if free:
        notes.append(_("Free units: {units}").format(units=cycle.count(free)))
    if beyond_micro:
        notes.append(_("{amount} beyond the package").format(amount=cycle.amount(beyond_micro)))
    if use.held:
        held = _("Being confirmed: {count}, {amount}")
        notes.append(held.format(count=cycle.count(use.held), amount=cycle.amount(use.held_micro)))
    return notes


def _opened(cycle: _Cycle) -> list[dict[str, object]]:
    """Interactions by channel; no table without any."""
    found = interactions.interactions_by_channel(
        contract_id=cycle.contract.id, cycle_start=cycle.balance.cycle.start
    )
    if not found:
        return []
    order = {one.code: n for n, one in enumerate(cycle.channels)}
    rows = [
        _row(_channel(cycle, channel), [], cycle.count(count))
        for channel, count in sorted(found, key=lambda one: order.get(one[0], len(order)))
    ]
    return [
        {
            "title": _("InteractionZ by channel"),
            "titles": [_("Channel"), _("InteractionZ")],
            "rows": rows,
            "total": _row(_("All channels"), [], cycle.count(sum(count for _one, count in found))),
            "empty": "",
        }
    ]


def _channel(cycle: _Cycle, code: str) -> str:
    together = _("All channels")
    return together if code == EVERY_CHANNEL else route_name(cycle.channels, code, None, None, cycle.language)


def _by_day(cycle: _Cycle, days: Iterable[DayUse]) -> dict[str, object]:
    """Sends on the day on which they were held, those that are being confirmed too."""
    rows, count, micro = [], 0, 0
    for day, uses in groupby(days, key=lambda use: use.day):
        of_day = list(uses)
        sent, amount = sum(use.count for use in of_day), sum(use.amount_micro for use in of_day)
        rows.append(_row(formats.day(day, cycle.language), [], cycle.count(sent), cycle.amount(amount)))
        count, micro = count + sent, micro + amount
    return {
        "title": _("Day by day, with sends that are being confirmed"),
        "titles": [_("Day"), _("Sends"), _("Used and set aside")],
        "rows": rows,
        "total": _row(_("Together"), [], cycle.count(count), cycle.amount(micro)),
        "empty": _("Nothing was sent in this cycle."),
    }


def _row(name: str, notes: list[str], *figures: str) -> dict[str, object]:
    return {"name": name, "notes": notes, "figures": list(figures)}
