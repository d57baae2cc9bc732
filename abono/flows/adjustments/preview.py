"""What each customer would pay before and after the yearly adjustment: kept, so that exactly this can be done (CAT-13)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from django.db.models import Q

from abono.domain.adjustments import actions, queries
from abono.domain.adjustments.errors import AdjustmentWrong, NothingToAdjust, TooManyToAdjust
from abono.domain.adjustments.models import AdjustmentLine
from abono.domain.adjustments.states import Months, Part
from abono.domain.adjustments.types import AdjustmentInfo, NewLine, PartPrice
from abono.domain.contracts import terms
from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import RUNNING, State
from abono.flows.adjustments.reckon import Asked, of_part, reckon
from abono.flows.charges.held import held
from abono.flows.price_moves.effects import Effect, common
from abono.flows.price_moves.reckon import MOST, reckon_each
from abono.platform.use_case import use_case

AHEAD, FARTHEST = timedelta(days=60), timedelta(days=366)


@use_case
def preview_adjustment(
    *,
    index: str,
    currency: str,
    months: Months = Months.NEWEST,
    parts: Collection[Part] = tuple(Part),
    until: date | None = None,
    contract_ids: Collection[UUID] = (),
    actor: str,
    now: datetime,
) -> UUID:
    """Find the contracts whose prices may rise up to a day, and keep what they pay before and after. Nothing else is
    changed. Returns the id of the preview.

    currency       of these contracts
    until          their local day; left out: 60 days from now
    contract_ids   of these only; of all when there is none
    now            real time

    Contracts for which other terms or prices of their own wait are left out, and those for which the index lacks a month.
    Raises NoSuchIndex, AdjustmentWrong, NothingToAdjust, TooManyToAdjust.
    """
    known, today = queries.index(index), now.date()
    until = until or today + AHEAD
    if not parts:
        raise AdjustmentWrong("parts")
    if not today < until <= today + FARTHEST:
        raise AdjustmentWrong("until")
    asked = Asked({one.month: one.percent for one in known.values}, months, parts, until)

    def lines(found: Sequence[Contract]) -> list[NewLine]:
        counted = queries.last_months(one.id for one in found)
        made = [reckon(one, asked, counted=counted.get(one.id), now=now) for one in found]
        return [line for line in made if line is not None]

    return actions.create(
        index_id=known.id,
        months=months,
        parts=[one for one in Part if one in parts],
        currency=currency,
        until=until,
        lines=reckon_each(
            Q(currency=currency, adhesion_date__lte=until),
            lines,
            only=contract_ids,
            none=NothingToAdjust(),
            too_many=TooManyToAdjust(MOST),
        ),
        actor=actor,
        now=now,
    )


class Fate(StrEnum):
    """What became of a contract in an adjustment."""

    SEEN = "seen"  # nothing was done yet
    STAYS = "stays"  # the index did not rise: its prices stay
    WAITS = "waits"  # its new prices are to begin
    BEGUN = "begun"
    LAPSED = "lapsed"  # it has another plan or package since, which costs what the catalog says
    WITHDRAWN = "withdrawn"
    ENDED = "ended"  # the contract has


@dataclass(frozen=True, slots=True)
class Adjusted(Effect):
    """What an adjustment says of one contract, and what became of it; `why` it was taken back."""

    first_month: date
    last_month: date
    factor: Decimal
    prices: tuple[PartPrice, ...]
    fate: Fate
    why: str


def effects(one: AdjustmentInfo, *, now: datetime) -> list[Adjusted]:
    """What it says, contract by contract, by number, and what became of it; `now` is real time."""
    lines = queries.lines(one.id)
    if one.applied_at is not None:
        terms.read(line.contract for line in lines)
    return [
        Adjusted(
            **common(line),
            first_month=line.first_month,
            last_month=line.last_month,
            factor=line.factor,
            prices=line.part_prices,
            fate=_fate(line, one, now=now),
            why=line.withdrawn_why,
        )
        for line in lines
    ]


def _fate(line: AdjustmentLine, one: AdjustmentInfo, *, now: datetime) -> Fate:
    contract, shown = line.contract, line.contract.customer_now(now)
    if line.withdrawn_at is not None:
        return Fate.WITHDRAWN
    if not any(price.rises for price in line.part_prices):
        return Fate.STAYS
    if one.applied_at is None:
        return Fate.SEEN
    if State(contract.state) not in RUNNING:
        return Fate.ENDED
    has = held(contract.at(max(line.begins_at, shown)))
    if any(of_part(has, price.part) != price.of for price in line.part_prices):
        return Fate.LAPSED
    return Fate.BEGUN if line.begins_at <= shown else Fate.WAITS
