"""Lines of a contract's invoices: its fees, and use beyond the allowances that is on no invoice yet (INV-1)."""

from __future__ import annotations

from collections.abc import Sequence

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.types import PlanPriceInfo
from abono.domain.contracts.models import Contract, Term
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import LineKind
from abono.domain.invoicing.types import NewLine
from abono.domain.metering.types import Balance
from abono.flows.billing.cycles import cycle_of
from abono.kernel.money import Money
from abono.kernel.periods import Period
from abono.kernel.rating import line_total, to_micro, to_money


def price_of(term: Term) -> PlanPriceInfo:
    """What the plan of a term costs. Raises NoPriceInCurrency."""
    return catalog.plan_price(plan_id=term.plan_id, currency=term.package.currency, interval=term.interval)


def fee_lines(term: Term, period: Period) -> list[NewLine]:
    """Fixed fees, billed at the start of the cycle that they pay for."""
    currency = term.package.currency
    plan, package = Money(price_of(term).price_minor, currency), Money(term.package.value_minor, currency)
    return [
        NewLine(LineKind.PLAN, term.plan.name, period, 1, to_micro(plan), plan),
        NewLine(LineKind.PACKAGE, term.package.code, period, 1, to_micro(package), package),
    ]


def use_lines(
    contract: Contract,
    number: int,
    *,
    opened: Sequence[Balance],
    billed: Money | None = None,
) -> list[NewLine]:
    """What was used beyond the allowances of the cycles that are billed when cycle `number` begins.

    opened   `metering.queries.cycles` of the contract
    billed   overage of the last of them that is on invoices, where the caller knows it
    """
    balances = {balance.cycle: balance for balance in opened}
    return [
        line
        for past in billed_now(number)
        if (balance := balances.get(cycle_of(contract, past, opened))) is not None
        for line in _use_of(contract, balance, billed if past == number - 1 else None)
    ]


def billed_now(number: int) -> range:
    """The cycles whose use is looked at when cycle `number` begins: the one that ended, and the one before it,
    since a send that was held in that may have been confirmed after its invoice."""
    return range(max(0, number - 2), number)


def _use_of(contract: Contract, cycle: Balance, billed: Money | None) -> list[NewLine]:
    """Overage and extra interactions of one cycle, less what was billed of them before; maybe none.

    The sum over all invoices of a cycle is its whole overage, rounded once (INV-3).
    """
    lines = [
        overage_line(contract, cycle, cycle.cycle, billed=billed),
        _interactions_line(contract, cycle),
    ]
    return [line for line in lines if line is not None]


def overage_line(
    contract: Contract, cycle: Balance, period: Period, *, billed: Money | None = None
) -> NewLine | None:
    """The part of the package use beyond its value that is on no invoice yet, at the price of the cycle (LIM-1)."""
    whole = to_money(cycle.overage_price_micro, contract.currency)
    if billed is None:
        billed = invoices.billed(
            contract.id, kind=LineKind.OVERAGE, cycle_start=period.start, currency=contract.currency
        )
    rest = whole - billed
    if rest.minor <= 0:
        return None
    return NewLine(LineKind.OVERAGE, contract.package.code, period, 1, to_micro(rest), rest)


def _interactions_line(contract: Contract, cycle: Balance) -> NewLine | None:
    """Interactions of a cycle beyond its allowance, at the extra price of the plan that held in it (INT-6)."""
    extra, period = cycle.extra_interactions, cycle.cycle
    if extra == 0:
        return None
    billed = invoices.billed_quantity(contract.id, kind=LineKind.EXTRA_INTERACTIONS, cycle_start=period.start)
    term = contract.at(period.start)
    price = price_of(term).extra_interaction_micro
    if extra <= billed or price == 0:
        return None
    amount: Money = line_total(extra - billed, price, contract.currency)
    return NewLine(LineKind.EXTRA_INTERACTIONS, term.plan.name, period, extra - billed, price, amount)
