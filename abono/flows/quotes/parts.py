"""A quote of a change, and its parts: what of it holds at once, and what begins later (CHG-3, CAT-10)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from abono.domain.contracts.states import Arranged
from abono.domain.invoicing.states import LineKind
from abono.domain.invoicing.types import How
from abono.flows.charges.held import Held
from abono.flows.charges.paid_for import PaidFor
from abono.flows.quotes.ways import Ways
from abono.kernel.money import Money, total

PARTS = "plan", "package", "licences"


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """What is on the invoice of the change once it is accepted."""

    kind: LineKind
    name: str
    amount: Money
    calculation: How | None


@dataclass(frozen=True, slots=True)
class Quote:
    """A change of a contract as somebody sees it.

    between        what holds from the moment of acceptance on: every step up is there at once …
    after          … and what holds once each step down has begun too (CHG-3): that of the plan at `plan_at`, which may be the end of
                   a paid year (CAT-10), that of package and licences at `rest_at`
    lines          what is owed for the rest of the cycle; below zero in all, it is taken off the next invoice
    credit         what the contract's credit pays of it (INV-9)
    unit           by which what is left of a fee counts (CHG-4)
    deferred       nothing is charged at once: the difference is put on the next invoice (CHG-4)
    interactions   of the current cycle in all: now, and once it is accepted (CHG-5)
    replaces       the change whose step down was still to come and gives way to this one
    next_invoice   what the next one is then but for use: the fees of the cycle that begins, or of this one where they are billed
                   afterwards, with add-ons, and with all that is on no invoice yet, of this change and of those before
    left_for_good  of `plan` and `package`, those whose version cannot be chosen again (CHG-8)
    """

    before: Held
    between: Held
    after: Held
    plan_at: datetime | None
    rest_at: datetime | None
    lines: tuple[QuotedLine, ...]
    credit: Money
    unit: str
    deferred: bool
    interactions: tuple[int, int]
    replaces: UUID | None
    left_for_good: tuple[str, ...]
    next_invoice: Money

    @property
    def difference(self) -> Money:
        return total([line.amount for line in self.lines], self.credit.currency)

    @property
    def today(self) -> Money:
        """What is charged on acceptance."""
        nothing = Money(0, self.credit.currency)
        return nothing if self.deferred else max(self.difference, nothing) - self.credit

    @property
    def begins_at(self) -> datetime | None:
        """When the last step down has begun; None where there is none."""
        return max((one for one in (self.plan_at, self.rest_at) if one is not None), default=None)

    @property
    def rest_comes_first(self) -> bool:
        """Whether package and licences are smaller before the plan is, which a paid year keeps (CAT-10)."""
        return None not in (self.plan_at, self.rest_at) and self.rest_at != self.plan_at

    @property
    def at_once(self) -> tuple[str, ...]:
        return differing(self.before, self.between)

    @property
    def down_at_once(self) -> bool:
        """Whether something of it is smaller, and holds at once."""
        return steps_up(self.before, self.between) != self.between

    @property
    def later(self) -> tuple[str, ...]:
        return differing(self.between, self.after)


def between_of(before: Held, after: Held, way: Ways) -> Held:
    """What holds at once: each step up, and where the setting says so what is smaller, but for a plan that is or becomes paid
    for by the year (CAT-10)."""
    steps = steps_up(before, after)
    if not way.down_at_once:
        return steps
    by_year = before.by_year or after.by_year
    return mixed(steps if by_year else after, after, after.extra_licences)


def moments(between: Held, after: Held, pays: PaidFor, way: Ways) -> tuple[datetime | None, datetime | None]:
    """When what is not there at once begins: of the plan, and of package and licences."""
    later = {*differing(between, after)}
    end = pays.plan.period.end if between.by_year and way.year_goes_on else pays.cycle.end
    return end if "plan" in later else None, pays.cycle.end if later - {"plan"} else None


def steps_up(before: Held, after: Held) -> Held:
    """Each part by itself, up by the catalog's rank, or value, and not down (CHG-3); a plan that becomes paid for by the other
    interval waits (CAT-10)."""
    ranks = [(one.plan.rank, one.price.price_minor) for one in (before, after)]
    up = before.by_year == after.by_year and ranks[1] >= ranks[0]
    of_package = after if after.package.value_minor >= before.package.value_minor else before
    return mixed(after if up else before, of_package, max(before.extra_licences, after.extra_licences))


def mixed(of_plan: Held, of_package: Held, licences: int) -> Held:
    package, key = of_package.package, Arranged.PACKAGE.value
    own = [one for one in of_plan.own if one[0] != key] + [one for one in of_package.own if one[0] == key]
    return Held(of_plan.plan, of_plan.price, package, licences, tuple(sorted(own)))


def differing(one: Held, other: Held) -> tuple[str, ...]:
    differs = (
        (one.plan.id, one.by_year) != (other.plan.id, other.by_year),
        one.package.id != other.package.id,
        one.extra_licences != other.extra_licences,
    )
    return tuple(part for part, differ in zip(PARTS, differs, strict=True) if differ)


def not_before(quote: Quote, moment: datetime) -> Quote:
    """The same with step downs that begin at a moment or later: its payment may have taken until another cycle."""

    def later(at: datetime | None) -> datetime | None:
        return None if at is None else max(at, moment)

    return replace(quote, plan_at=later(quote.plan_at), rest_at=later(quote.rest_at))
