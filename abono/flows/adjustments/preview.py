"""What each customer would pay before and after the yearly adjustment: kept, so that exactly this can be done (CAT-13)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from abono.domain.adjustments import actions, queries
from abono.domain.adjustments.errors import AdjustmentWrong, NothingToAdjust, TooManyToAdjust
from abono.domain.adjustments.models import AdjustmentLine
from abono.domain.adjustments.states import Months, Part
from abono.domain.adjustments.types import AdjustmentInfo, PartPrice
from abono.domain.contracts import arrangements, terms
from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import RENEWED, RUNNING, State
from abono.flows.adjustments.reckon import Asked, of_part, reckon
from abono.flows.charges.held import held
from abono.flows.charges.rises import Waits
from abono.kernel.money import Money
from abono.kernel.periods import local_date
from abono.platform.given import given
from abono.platform.use_case import use_case

MOST = 1_000  # contracts of one adjustment: all of them are held at once when it is applied
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
    found = _candidates(currency, contract_ids, until, now=now)
    counted = queries.last_months(one.id for one in found)
    lines = []
    for contract in found:
        line = reckon(contract, asked, counted=counted.get(contract.id), now=now)
        lines += [line] if line is not None else []
        if len(lines) > MOST:
            raise TooManyToAdjust(MOST)
    if not lines:
        raise NothingToAdjust()
    return actions.create(
        index_id=known.id,
        months=months,
        parts=[one for one in Part if one in parts],
        currency=currency,
        until=until,
        lines=lines,
        actor=actor,
        now=now,
    )


def _candidates(currency: str, only: Collection[UUID], until: date, *, now: datetime) -> list[Contract]:
    """Contracts that go on and for which nothing waits, by number."""
    whole = Contract.objects.select_related("term__plan", "term__package", "customer")
    found = whole.filter(
        state__in=[one.value for one in RENEWED],
        currency=currency,
        adhesion_date__lte=until,
        **given(id__in=only or None),
    )
    rows = list(found.exclude(id__in=terms.ahead().values("contract_id")).order_by("number"))
    arrangements.read(rows)
    return [one for one in rows if not arrangements.waits(one, now=one.customer_now(now))]


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
class Effect:
    """What an adjustment says of one contract.

    day             the first local day with the new prices
    before, after   plan, package and extra licences of a month; without a plan by the year
    waits           why that day is not the beginning of the next cycle
    """

    contract_id: UUID
    customer: str
    number: str
    day: date
    first_month: date
    last_month: date
    factor: Decimal
    prices: tuple[PartPrice, ...]
    before: Money
    after: Money
    waits: Waits | None
    fate: Fate
    why: str

    @property
    def difference(self) -> Money:
        return self.after - self.before


def effects(one: AdjustmentInfo, *, now: datetime) -> list[Effect]:
    """What it says, contract by contract, by number, and what became of it; `now` is real time."""
    lines = queries.lines(one.id)
    return [_effect(line, _fate(line, one, now=now)) for line in lines]


def _effect(line: AdjustmentLine, fate: Fate) -> Effect:
    contract = line.contract
    return Effect(
        contract_id=contract.id,
        customer=contract.customer.legal_name,
        number=contract.number,
        day=local_date(line.begins_at, contract.customer.time_zone),
        first_month=line.first_month,
        last_month=line.last_month,
        factor=line.factor,
        prices=part_prices(line),
        before=Money(line.before_minor, contract.currency),
        after=Money(line.after_minor, contract.currency),
        waits=Waits(line.waits) if line.waits else None,
        fate=fate,
        why=line.withdrawn_why,
    )


def part_prices(line: AdjustmentLine) -> tuple[PartPrice, ...]:
    return tuple(PartPrice(**{**one, "part": Part(one["part"])}) for one in line.prices)


def _fate(line: AdjustmentLine, one: AdjustmentInfo, *, now: datetime) -> Fate:
    contract, shown = line.contract, line.contract.customer_now(now)
    if line.withdrawn_at is not None:
        return Fate.WITHDRAWN
    if not any(price.rises for price in part_prices(line)):
        return Fate.STAYS
    if one.applied_at is None:
        return Fate.SEEN
    if State(contract.state) not in RUNNING:
        return Fate.ENDED
    has = held(contract.at(max(line.begins_at, shown)))
    if any(of_part(has, price.part) != price.of for price in part_prices(line)):
        return Fate.LAPSED
    return Fate.BEGUN if line.begins_at <= shown else Fate.WAITS
