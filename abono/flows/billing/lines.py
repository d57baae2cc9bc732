"""Lines of a contract's invoices for use beyond the allowances that is on no invoice yet (INV-1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from abono.domain.contracts.models import Contract, Term
from abono.domain.interactions import queries as interactions
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import LineKind
from abono.domain.invoicing.types import NewLine
from abono.domain.metering.types import Balance
from abono.flows.billing.cycles import cycle_of
from abono.flows.billing.fees import held
from abono.kernel.money import Money
from abono.kernel.periods import Period
from abono.kernel.rating import line_total, to_micro, to_money


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
    overage = overage_line(contract, cycle, cycle.cycle, billed=billed)
    return [*([] if overage is None else [overage]), *_interactions_lines(contract, cycle)]


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


def _interactions_lines(contract: Contract, cycle: Balance) -> list[NewLine]:
    """Interactions of a cycle beyond its allowance that are on no invoice yet: in the order of their opening those after
    the total, each at the extra price of the terms in force when it opened (INT-6, CHG-5)."""
    if cycle.extra_interactions == 0:
        return []
    period = cycle.cycle
    begin = [(period.start, contract.at(period.start)), *contract.changes_within(period)]
    counts = interactions.extra_by_time(
        contract_id=contract.id,
        cycle_start=period.start,
        after=cycle.included_interactions,
        since=[at for at, _term in begin],
    )
    lines: list[NewLine] = []
    for price, name, count in _by_price(begin, counts):
        billed = invoices.billed_quantity(
            contract.id,
            kind=LineKind.EXTRA_INTERACTIONS,
            cycle_start=period.start,
            unit_price_micro=price,
        )
        if count > billed and price:
            amount: Money = line_total(count - billed, price, contract.currency)
            lines.append(NewLine(LineKind.EXTRA_INTERACTIONS, name, period, count - billed, price, amount))
    return lines


def _by_price(begin: Sequence[tuple[datetime, Term]], counts: Sequence[int]) -> list[tuple[int, str, int]]:
    """Price, plan, and how many at that price, in the order in which the prices came."""
    found: dict[int, tuple[str, int]] = {}
    for (_at, term), count in zip(begin, counts, strict=True):
        what = held(term)
        price = what.price.extra_interaction_micro
        name, before = found.get(price, (what.plan.name, 0))
        found[price] = name, before + count
    return [(price, name, count) for price, (name, count) in found.items()]
