"""Use beyond the allowances: what it costs in a cycle, and the lines of what is on no invoice yet (INV-1, INV-3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from abono.domain.catalog import queries as catalog
from abono.domain.contracts.models import Arrangement, Contract, Term
from abono.domain.contracts.types import YEAR
from abono.domain.interactions import queries as interactions
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import LineKind
from abono.domain.invoicing.types import Billed, NewLine
from abono.domain.licences import queries as licences
from abono.domain.metering.types import Balance
from abono.domain.settings import queries as settings
from abono.domain.settings.licences import LICENCES_OVER_PERCENT
from abono.domain.settings.trials import TRIAL_INTERACTIONS
from abono.domain.settings.types import Whose
from abono.flows.charges.cycles import cycle_of
from abono.flows.charges.fees import extra_licences
from abono.flows.charges.held import held
from abono.flows.charges.paid_for import CYCLES, just_before, paid_for
from abono.kernel.money import Money
from abono.kernel.periods import Period
from abono.kernel.rating import line_total, to_micro, to_money

type Use = list[tuple[Period, list[NewLine]]]
"""Cycles, each with its use beyond the allowances."""


def use_lines(
    contract: Contract, number: int, *, opened: Sequence[Balance], billed: Billed | None = None
) -> list[NewLine]:
    """What was used beyond the allowances of the cycles that are billed when cycle `number` begins.

    opened   `metering.queries.cycles` of the contract
    billed   what invoices ask for of these cycles, where the caller has read it
    """
    return left_of(contract, used_before(contract, number, opened), known=billed)


def used_before(contract: Contract, number: int, opened: Sequence[Balance]) -> Use:
    """All use of those cycles, whether it was billed or not."""
    balances = {balance.cycle: balance for balance in opened}
    return [
        (balance.cycle, use_of(contract, balance))
        for past in billed_now(number)
        if (balance := balances.get(cycle_of(contract, past, opened))) is not None
    ]


def billed_now(number: int) -> range:
    """The cycles whose use is looked at when cycle `number` begins: the one that ended, and the one before it,
    since a send that was held in that may have been confirmed after its invoice."""
    return range(max(0, number - 2), number)


def to_repair(contract: Contract, number: int, opened: Sequence[Balance]) -> list[Period]:
    """The cycles whose fees are put right when cycle `number` begins: those whose use is looked at; and further back, a year
    at most, all from the one before the first on within which something of it was lowered, for what was given back may be more
    than the invoices since could bear, and leaves them no room for what else they gave back; a change that was paid late was
    billed for the cycle in which it was accepted, which may be the one before. What is given back of a paid year may take more
    than a year (CAT-10).
    """
    since = 0 if any(one.interval == YEAR for one in contract.timeline) else max(0, number - CYCLES)
    recent = billed_now(number)
    cycles = [cycle_of(contract, past, opened) for past in range(min(since, recent.start), number)]
    lowered = next((n for n, one in enumerate(cycles) if _lowered(contract, one)), len(cycles))
    return cycles[min(max(lowered - 1, 0), len(cycles) - len(recent)) :]


def _lowered(contract: Contract, cycle: Period) -> bool:
    """A plan of a higher rank may cost less: of the contract's own prices, or for its licences."""
    before, had = contract.at(cycle.start), contract.at(just_before(cycle))
    if had.interval == YEAR and (had.plan_id, had.interval) != (before.plan_id, before.interval):
        return True
    for _since, term in contract.changes_within(cycle):
        less = term.package.value_minor < before.package.value_minor
        if less or term.plan_id != before.plan_id or term.extra_licences < before.extra_licences:
            return True
        before = term
    return False


def use_of(contract: Contract, cycle: Balance) -> list[NewLine]:
    """All use of a cycle beyond its allowances; lines of nothing where there was none."""
    return [_overage(contract, cycle), *_interactions(contract, cycle), *_licences(contract, cycle.cycle)]


def left_of(
    contract: Contract, used: Use, *, billed: Money | None = None, known: Billed | None = None
) -> list[NewLine]:
    """What is on no invoice yet. The sum over all invoices of a cycle is its whole use at each price, rounded once (INV-3).

    billed   overage of the last of the cycles that is on invoices, where the caller knows it
    known    all that invoices ask for of these cycles, where the caller has read it
    """
    found = []
    for cycle, lines in used:
        of_last = billed if cycle == used[-1][0] else None
        for whole in lines:
            if whole.kind is LineKind.EXTRA_INTERACTIONS:
                rest = _interactions_left(contract, whole, known)
            elif known is not None:
                rest = _left(contract, whole, Money(known.of(whole)[1], contract.currency))
            else:
                rest = _left(contract, whole, of_last if whole.kind is LineKind.OVERAGE else None)
            found += [] if rest is None else [rest]
    return found


def overage_line(contract: Contract, cycle: Balance) -> NewLine | None:
    """The part of the package use beyond its value that is on no invoice yet, at the price of the cycle (LIM-1)."""
    return _left(contract, _overage(contract, cycle))


def _left(contract: Contract, whole: NewLine, billed: Money | None = None) -> NewLine | None:
    """Of all that a cycle asks for by such lines, whatever its price was then."""
    if not whole.amount.minor:
        return None
    if billed is None:
        billed = invoices.billed(
            contract.id, kind=whole.kind, cycle_start=whole.period.start, currency=contract.currency
        )
    if not billed:
        return whole
    rest = whole.amount - billed
    part = replace(whole, quantity=1, unit_price_micro=to_micro(rest), amount=rest, calculation=None)
    return part if rest.minor > 0 else None


def _overage(contract: Contract, cycle: Balance) -> NewLine:
    price = to_money(cycle.overage_price_micro, contract.currency)
    name = catalog.package(cycle.package_id).code
    return NewLine(LineKind.OVERAGE, name, cycle.cycle, 1, to_micro(price), price)


def _interactions(contract: Contract, cycle: Balance) -> list[NewLine]:
    """Interactions of a cycle beyond its allowance, in the order of their opening, each at the extra price of the terms in
    force when it opened (INT-6, CHG-5); one line for each price, and at least one."""
    period = cycle.cycle
    begin = [(period.start, contract.at(period.start)), *contract.changes_within(period)]
    counts = [0] * len(begin)
    if cycle.extra_interactions and not _free(contract, period):
        counts = interactions.extra_by_time(
            contract_id=contract.id,
            cycle_start=period.start,
            after=cycle.included_interactions,
            since=[at for at, _term in begin],
        )
    priced = _by_price(begin, counts, contract.arranged(period.start))
    return [
        NewLine(
            LineKind.EXTRA_INTERACTIONS,
            name,
            period,
            count,
            price,
            line_total(count, price, contract.currency),
        )
        for price, name, count in [one for one in priced if one[2]] or priced[-1:]
    ]


def _licences(contract: Contract, cycle: Period) -> list[NewLine]:
    """The highest number of licences in use beyond those owned, at what as many extra ones cost in the cycle by the terms of its
    last day (LIC-4): nothing in a trial, and the share of its month in one that is a part (INV-2). Where nobody ever set that
    more may be in than are owned, nothing is asked."""
    if not settings.ever_set(LICENCES_OVER_PERCENT) or contract.in_trial(cycle):
        return []
    over = licences.most_over(contract.id, since=cycle.start, until=cycle.end)
    if not over:
        return []
    terms = [contract.at(cycle.start), *(term for _at, term in contract.changes_within(cycle))]
    what = held(terms[-1], contract.arranged(cycle.start))
    return [extra_licences(LineKind.LICENCE_PEAK, what, paid_for(contract, cycle), over)]


def _free(contract: Contract, period: Period) -> bool:
    """Whether interactions do not count: those of a trial, where the setting said so when the contract was made (INV-10)."""
    if not contract.in_trial(period):
        return False
    whose, at = Whose(contract.at(period.start).plan.code), contract.signed_at
    return settings.value(TRIAL_INTERACTIONS, whose=whose, at=at) == "free"


def _interactions_left(contract: Contract, whole: NewLine, known: Billed | None) -> NewLine | None:
    """Of the interactions at one price."""
    if not whole.quantity:
        return None
    if known is not None:
        count, minor = known.of(whole, unit_price_micro=whole.unit_price_micro)
    else:
        count, minor = invoices.billed_of_price(
            contract.id,
            kind=whole.kind,
            cycle_start=whole.period.start,
            unit_price_micro=whole.unit_price_micro,
        )
    if whole.quantity <= count or not whole.unit_price_micro:
        return None
    rest = whole.amount - Money(minor, contract.currency)
    return replace(whole, quantity=whole.quantity - count, amount=rest)


def _by_price(
    begin: Sequence[tuple[datetime, Term]], counts: Sequence[int], own: Sequence[Arrangement]
) -> list[tuple[int, str, int]]:
    """Price, plan, and how many at that price, in the order in which the prices came."""
    found: dict[int, tuple[str, int]] = {}
    for (_at, term), count in zip(begin, counts, strict=True):
        what = held(term, own)
        price = what.price.extra_interaction_micro
        name, before = found.get(price, (what.plan.name, 0))
        found[price] = name, before + count
    return [(price, name, count) for price, (name, count) in found.items()]
