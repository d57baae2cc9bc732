"""Usage: what a cycle used, channel by channel and day by day, and what it costs (FIN-5)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from abono.domain.catalog import queries as catalog
from abono.domain.contracts.states import State
from abono.domain.contracts.types import ContractInfo
from abono.domain.interactions import queries as interactions
from abono.domain.interactions.types import EVERY_CHANNEL
from abono.domain.invoicing import keys
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.labels import line_label
from abono.domain.metering import queries as metering
from abono.domain.metering.types import Balance
from abono.domain.uncovered import queries as uncovered
from abono.entrypoints.portal.own_limits.shown import own_limit_rows
from abono.entrypoints.portal.standing import own_contract
from abono.entrypoints.portal.usage import charts as usage_charts
from abono.entrypoints.portal.usage.licences import licences_used
from abono.entrypoints.portal.usage.shown import Cycle, CycleUse, begun, cycle_use, last_day
from abono.entrypoints.site.design import csv_file
from abono.entrypoints.site.files import makes_file
from abono.entrypoints.site.visit import Visit, Visitor
from abono.kernel.money import Money
from abono.kernel.periods import boundary_day, local_date
from abono.platform import formats
from abono.platform.clock import shifted


@dataclass(frozen=True, slots=True)
class Choice:
    """One cycle of the select; its value is its first local day."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Projected:
    """The next invoice as things stand, named as it will be.

    has_fees   it pays for the cycle that begins then: not the last one, nor that of a contract that is restricted (END-5)
    """

    issued_at: datetime
    has_fees: bool
    lines: tuple[tuple[str, Money], ...]
    total: Money
    credit: Money


@require_safe
def page(request: Visitor) -> HttpResponse:
    """The current cycle, or the one whose first day is `?cycle=`."""
    visit, now = request.visit, shifted(request.visit.now_offset_s)
    contract = own_contract(visit)
    opened = [] if contract is None else metering.cycles(contract.id)
    cycles = begun(opened, now)
    if contract is None or not cycles:
        return render(request, "portal/usage/none.html", {"contract": contract})
    chosen = cycle_use(_chosen(request, contract, opened, now), now=now)
    context: dict[str, object] = {
        "chosen": chosen,
        "pace": chosen.pace(now),
        "chosen_value": chosen.first_day.isoformat(),
        "last_value": chosen.last_day.isoformat(),
        "by_channel": chosen.by_channel,
        "choices": [_choice(balance, visit) for balance in cycles],
        "pace_micro": chosen.at_this_pace(now),
        "interactions": _interactions(chosen),
        "licences": licences_used(chosen, now=now),
        "may_act": visit.administers,
        "uncovered": uncovered.some(contract.id),
        "own_limits": own_limit_rows(chosen.balance, contract.currency, chosen.channels),
        "charts": usage_charts.charts(
            chosen, today=local_date(now, visit.time_zone), language=visit.language
        ),
    }
    if chosen.current:
        context["projection"] = _projected(chosen)
    else:
        billed_on = invoices.find(contract.id, key=keys.renewal(chosen.number + 1))
        context["billed_on"] = billed_on if billed_on is not None and billed_on.title else None
    return render(request, "portal/usage/page.html", context)


@makes_file
def csv(request: Visitor) -> HttpResponse:
    """The same as a file: a line for each channel and day, then interactions, licences and costs."""
    visit, now = request.visit, shifted(request.visit.now_offset_s)
    chosen = cycle_use(chosen_cycle(request), now=now)
    return csv_file.response(
        f"usage-{chosen.contract.number}-{chosen.first_day.isoformat()}.csv",
        header=[_("Line"), _("Channel"), _("Day"), _("Quantity"), _("Amount"), _("Currency")],
        rows=_csv_rows(chosen, visit.language, now),
        language=visit.language,
    )


def chosen_cycle(request: Visitor) -> Cycle:
    """The cycle that an address is about, as on the page. Raises Http404 when there is none."""
    contract = own_contract(request.visit)
    opened = [] if contract is None else metering.cycles(contract.id)
    if contract is None:
        raise Http404("no cycle")
    return _chosen(request, contract, opened, shifted(request.visit.now_offset_s))


def _chosen(request: Visitor, contract: ContractInfo, opened: Sequence[Balance], now: datetime) -> Cycle:
    """Raises Http404 for a cycle that has not begun or never was."""
    visit, wanted, cycles = request.visit, request.GET.get("cycle", ""), begun(opened, now)
    found = [balance for balance in cycles if not wanted or _choice(balance, visit).value == wanted]
    if not found:
        raise Http404("no such cycle")
    return Cycle(
        contract=contract,
        balance=found[0],
        number=len(cycles) - 1 - cycles.index(found[0]),
        current=found[0] is cycles[0] and contract.state is not State.ENDED,
        channels=catalog.channels(language=visit.language),
        zone=visit.time_zone,
        language=visit.language,
        opened=opened,
    )


def _choice(balance: Balance, visit: Visit) -> Choice:
    first, last = boundary_day(balance.cycle.start, visit.time_zone), last_day(balance, visit.time_zone)
    label = f"{formats.day(first, visit.language)} – {formats.day(last, visit.language)}"
    return Choice(first.isoformat(), label)


def _interactions(chosen: CycleUse) -> list[tuple[str, int]]:
    """Per channel, with names, in the order of the catalog."""
    counts = dict(
        interactions.interactions_by_channel(
            contract_id=chosen.contract.id, cycle_start=chosen.balance.cycle.start
        )
    )
    known = [(channel.label, counts.pop(channel.code, 0)) for channel in chosen.channels]
    together = (_("All channels"), counts.pop(EVERY_CHANNEL, 0))
    return [(name, count) for name, count in [*known, together, *counts.items()] if count]


def _projected(chosen: CycleUse) -> Projected | None:
    projection = chosen.projection
    if projection is None:
        return None
    lines = [(line_label(line.kind, line.name, chosen.language), line.amount) for line in projection.lines]
    return Projected(
        projection.issued_at, bool(projection.fees), tuple(lines), projection.total, projection.credit
    )


def _csv_rows(chosen: CycleUse, language: str, now: datetime) -> Iterator[list[csv_file.Cell]]:
    currency = chosen.contract.currency
    names = {channel.code: channel.label for channel in chosen.channels}
    for day in chosen.days:
        amount = csv_file.decimal_micro(day.amount_micro, currency, language)
        yield [_("Sends"), names.get(day.channel, day.channel), day.day, day.count, amount, currency]
    for channel, count in _interactions(chosen):
        yield [_("InteractionZ"), channel, None, count, None, None]
    yield [_("Licences"), None, None, chosen.standing.contract.licences, None, None]
    yield [_("Most people in at once"), None, None, licences_used(chosen, now=now).peak, None, None]
    for name, money in chosen.costs:
        yield [
            name,
            None,
            None,
            None,
            csv_file.decimal(money.minor, money.currency, language),
            money.currency,
        ]
