"""What makes up a line for use beyond the allowances: per channel, kind and country, to the cent (FIN-4).

Nothing of it is stored: sends and interactions are the facts. An allowance pays for what came first, so what lies
beyond it came last; an invoice takes of that what follows on the invoices before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from abono.domain.catalog import queries as catalog
from abono.domain.contracts import queries as contracts
from abono.domain.contracts.models import Contract
from abono.domain.interactions import queries as interactions
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import LineKind
from abono.domain.invoicing.types import InvoiceDetail, LineDetail
from abono.domain.metering import queries as metering
from abono.domain.metering.types import Balance
from abono.domain.usage import queries as usage
from abono.domain.usage.rules import within
from abono.flows.charges.allowance import package_micro
from abono.kernel.money import Money
from abono.kernel.rating import apportion, div_half_up, to_micro

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Part:
    """What one kind of send to one country adds to a line, or the interactions on one channel, which have no kind.

    quantity   of interactions; sends that lie beyond the package in part are not counted
    """

    channel: str
    kind: str | None
    country: str | None
    quantity: int | None
    amount_minor: int


def explained(invoice: InvoiceDetail) -> list[list[Part]]:
    """For each line its parts, which add up to it, the largest first; none for a line that is a fee."""
    ways = {LineKind.OVERAGE: _sends, LineKind.EXTRA_INTERACTIONS: _interactions}
    found = []
    for line in invoice.lines:
        parts = ways[line.kind](invoice, line) if line.kind in ways else []
        found.append(sorted(parts, key=lambda part: -part.amount_minor))
    return found


def _sends(invoice: InvoiceDetail, line: LineDetail) -> list[Part]:
    cycle = metering.find_cycle(contract_id=invoice.contract_id, cycle_start=line.period_start)
    uses = usage.use_in_order(contract_id=invoice.contract_id, cycle_start=line.period_start)
    if cycle is None or not uses:
        return []
    before = invoices.billed(
        invoice.contract_id,
        kind=line.kind,
        cycle_start=line.period_start,
        currency=invoice.currency,
        before=invoice.id,
    )
    package_micro = _package_micro(invoice, line, cycle) if cycle.value_micro else 0
    since_micro = package_micro + _used(before, cycle)
    until_micro = since_micro + _used(Money(line.amount_minor, invoice.currency), cycle)
    found = within(uses, since_micro=since_micro, until_micro=until_micro)
    if not found:  # so much of it was taken back since that nothing is left beyond: of all that was used
        found = within(uses, since_micro=0, until_micro=cycle.used_micro)
    amounts = apportion(line.amount_minor, list(found.values()))
    return [Part(*route, None, amount) for route, amount in zip(found, amounts, strict=True) if amount]


def _package_micro(invoice: InvoiceDetail, line: LineDetail, cycle: Balance) -> int:
    """What the package was worth beyond which the line bills: it may have been raised since."""
    last = line.period_end - _MOMENT
    at = last if invoice.issued_at is None else min(invoice.issued_at, last)
    held = catalog.package(contracts.package_of(invoice.contract_id, at=at))
    contract = Contract.objects.select_related("customer").get(id=invoice.contract_id)
    return package_micro(contract, held, cycle=cycle.cycle)


def _used(price: Money, cycle: Balance) -> int:
    """The use at session prices that costs so much beyond the package, in millionths (LIM-1)."""
    return div_half_up(to_micro(price) * 100, max(cycle.overage_percent, 1))


def _interactions(invoice: InvoiceDetail, line: LineDetail) -> list[Part]:
    cycle = metering.find_cycle(contract_id=invoice.contract_id, cycle_start=line.period_start)
    if cycle is None:
        return []
    before = invoices.billed_quantity(
        invoice.contract_id, kind=line.kind, cycle_start=line.period_start, before=invoice.id
    )
    beside = (one for one in invoice.lines if (one.kind, one.period_start) == (line.kind, line.period_start))
    earlier = sum(one.quantity for one in beside if one.position < line.position)  # at another price
    found = interactions.extra_by_channel(
        contract_id=invoice.contract_id,
        cycle_start=line.period_start,
        after=cycle.included_interactions + before + earlier,
        count=line.quantity,
    )
    amounts = apportion(line.amount_minor, [count for _channel, count in found]) if found else []
    return [
        Part(channel, None, None, count, amount)
        for (channel, count), amount in zip(found, amounts, strict=True)
    ]
