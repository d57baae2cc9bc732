"""Invoice lines for use beyond the allowances of a cycle: the part that is on no invoice yet (INV-1)."""

from __future__ import annotations

from abono.domain.catalog import queries as catalog
from abono.domain.contracts.models import Contract
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import LineKind
from abono.domain.invoicing.types import NewLine
from abono.domain.metering import queries as metering
from abono.domain.metering.types import Balance
from abono.kernel.money import Money
from abono.kernel.periods import Period
from abono.kernel.rating import line_total, to_micro, to_money


def usage_lines(contract: Contract, period: Period) -> list[NewLine]:
    """Overage and extra interactions of one cycle, less what was billed of them before; maybe none.

    The sum over all invoices of a cycle is its whole overage, rounded once (INV-3).
    """
    cycle = metering.find_cycle(contract_id=contract.id, cycle_start=period.start)
    if cycle is None:
        return []
    lines = [overage_line(contract, cycle, period), _interactions_line(contract, cycle, period)]
    return [line for line in lines if line is not None]


def overage_line(contract: Contract, cycle: Balance, period: Period) -> NewLine | None:
    """The part of the package use beyond its value that is on no invoice yet."""
    whole = to_money(cycle.overage_micro, contract.currency)
    rest = whole - invoices.billed(
        contract.id, kind=LineKind.OVERAGE, cycle_start=period.start, currency=contract.currency
    )
    if rest.minor <= 0:
        return None
    return NewLine(LineKind.OVERAGE, contract.package.code, period, 1, to_micro(rest), rest)


def _interactions_line(contract: Contract, cycle: Balance, period: Period) -> NewLine | None:
    """Interactions beyond the allowance, at the plan's extra price (INT-6)."""
    extra = cycle.extra_interactions
    price = catalog.plan_price(
        plan_id=contract.plan_id, currency=contract.currency, interval=contract.interval
    ).extra_interaction_micro
    billed = invoices.billed_quantity(contract.id, kind=LineKind.EXTRA_INTERACTIONS, cycle_start=period.start)
    if extra <= billed or price == 0:
        return None
    amount: Money = line_total(extra - billed, price, contract.currency)
    return NewLine(LineKind.EXTRA_INTERACTIONS, contract.plan.name, period, extra - billed, price, amount)
