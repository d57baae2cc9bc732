"""What a preview says of one contract, and of all together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from abono.domain.contracts.price_moves import PriceMoveLine
from abono.domain.settings.known import SECOND_PERSON_PRICES
from abono.flows import second_person
from abono.flows.charges.rises import Waits
from abono.kernel.money import Money
from abono.kernel.periods import local_date
from abono.kernel.rating import div_half_up


@dataclass(frozen=True, slots=True)
class Effect:
    """What is the same in all kinds.

    day             the first local day at the other prices
    before, after   plan, package and extra licences of a month; without a plan by the year
    years           what that plan costs a year, before and after (CAT-10)
    waits           why that day is not the beginning of the next cycle (CAT-13)
    """

    contract_id: UUID
    customer: str
    number: str
    day: date
    before: Money
    after: Money
    years: tuple[Money, Money]
    waits: Waits | None

    @property
    def difference(self) -> Money:
        return self.after - self.before

    @property
    def by_year(self) -> bool:
        return any(self.years)

    @property
    def change(self) -> Money:
        """How much more or less a month it is; of a plan by the year the twelfth."""
        before, after = self.years
        return self.difference + Money(div_half_up((after - before).minor, 12), before.currency)


def common(line: PriceMoveLine) -> dict[str, Any]:
    """What `Effect` has of it, for the effect of its kind."""
    contract, customer = line.contract, line.contract.customer
    before, after = (Money(minor, contract.currency) for minor in line.years_minor)
    return {
        "contract_id": contract.id,
        "customer": customer.legal_name,
        "number": contract.number,
        "day": local_date(line.begins_at, customer.time_zone),
        "before": Money(line.before_minor, contract.currency),
        "after": Money(line.after_minor, contract.currency),
        "years": (before, after),
        "waits": Waits(line.waits) if line.waits else None,
    }


def moved(effects: Iterable[Effect]) -> list[Money]:
    """How much customers together pay more and less each month, in each currency: both count, so that one does not hide the
    other."""
    sums: dict[str, int] = {}
    for change in (one.change for one in effects):
        sums[change.currency] = sums.get(change.currency, 0) + abs(change.minor)
    return [Money(minor, currency) for currency, minor in sums.items()]


def moved_by(lines: Iterable[PriceMoveLine]) -> list[Money]:
    """The same of what was kept."""
    return moved(Effect(**common(line)) for line in lines)


def needs_second(effects: Iterable[Effect], *, at: datetime) -> bool:
    """Whether a second person has to agree to so much a month (ACC-5)."""
    return second_person.needed(SECOND_PERSON_PRICES, moved(effects), at=at)
