"""Fine and interest of a slip that is paid late (PAY-5). Pure; each sum is rounded half up once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from abono.kernel.bank_days import bank_day
from abono.kernel.rating import div_half_up

MONTH = 30  # days for which the interest is said


@dataclass(frozen=True, slots=True)
class LateTerms:
    """What is added to what is paid late: once, and for 30 days, pro rata by the day. Per cent of the amount."""

    fine: Decimal
    interest: Decimal


@dataclass(frozen=True, slots=True)
class Late:
    """What is asked for beside an amount that is paid so many days late, in minor units. `least_minor` is what a bank asks for at the
    least that rounds down, the interest of each day by itself (237, 341)."""

    days: int
    minor: int
    least_minor: int

    def covered_by(self, minor: int) -> bool:
        """Whether a bank's sum is all of it: between the two, or a minor unit beside them, is rounding."""
        return self.least_minor - 1 <= minor <= self.minor + 1


@dataclass(frozen=True, slots=True)
class LateCharges:
    """What is added to an amount, in minor units. `least_minor` as of `Late`."""

    days: int
    fine_minor: int
    interest_minor: int
    least_minor: int

    @property
    def minor(self) -> int:
        return self.fine_minor + self.interest_minor

    def late(self, *, carried_minor: int = 0, part: int = 1, whole: int = 1) -> Late:
        """With what is asked for beside it already; where only a part is paid, its share."""
        most, least = (
            div_half_up((carried_minor + one) * part, whole) for one in (self.minor, self.least_minor)
        )
        return Late(self.days, most, least)


NOTHING = LateCharges(0, 0, 0, 0)


def days_late(due: date, paid: date, *, counted_from: date | None = None) -> int:
    """Calendar days; none up to the first bank day from the due date on (Lei 7.089/1983).

    counted_from   a day before that from which they count where it is missed; None: from the bank day
    """
    first = bank_day(due)
    return (paid - (counted_from or first)).days if paid > first else 0


def late_charges(minor: int, terms: LateTerms, days: int) -> LateCharges:
    """Of an amount that is paid `days` late."""
    if days <= 0:
        return NOTHING
    fine, interest = minor * _hundredths(terms.fine), minor * _hundredths(terms.interest)
    return LateCharges(
        days,
        div_half_up(fine, 10_000),
        div_half_up(interest * days, 10_000 * MONTH),
        fine // 10_000 + interest // (10_000 * MONTH) * days,
    )


def scaled(terms: LateTerms, minor: int, whole_minor: int) -> LateTerms:
    """The terms of a slip with a new date, which asks for `whole_minor`, of which `minor` bears interest: no second fine, and the
    rate in hundredths, rounded down, so that nothing is asked for what was added."""
    rate = _hundredths(terms.interest) * minor // whole_minor
    return LateTerms(Decimal(0), Decimal(rate).scaleb(-2))


def _hundredths(percent: Decimal) -> int:
    return int(percent * 100)
