"""Lives of contracts at random: whatever of plan, package and licences is changed, withdrawn and undone, the bills of each cycle add up to what the
specification says of it (docs/billing-arithmetic.md), and the preview is the result (CHG-1, CHG-4, CHG-5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import pytest

from abono.domain.contracts import changes
from abono.domain.contracts.errors import UndoLate, UndoLaterChange, UndoNothing, UndoTooOften
from abono.domain.invoicing.models import InvoiceLine
from abono.domain.metering import queries as metering
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import CYCLE_BEGINS
from abono.flows.changes.undo import undo_change
from abono.flows.changes.withdraw import withdraw_change
from abono.flows.quotes.kept import quote_of
from abono.kernel.errors import Refusal
from abono.kernel.periods import Period
from abono.kernel.proration import cycle_price, days_left
from tests.books import check_books
from tests.scenarios.living.seeds import seeds
from tests.work import renew_due
from tests.world import DAY, HOUR, JUNE_1, Tenant, accept, make_padaria, quote

FEES = {"starter": 0, "specialist": 600_00, "expert": 1_800_00, "professional": 3_900_00}
LICENCE = {"starter": 265_00, "specialist": 215_00, "expert": 160_00, "professional": 110_00}
CREDITS = {"starter": 100, "specialist": 500, "expert": 2_000, "professional": 5_000}
VALUES = {"brl-100": 100_00, "brl-250": 250_00, "brl-500": 500_00, "brl-1000": 1_000_00}
KINDS = {
    "plan": ["plan", "plan_unused"],
    "package": ["package", "package_raise"],
    "licences": ["extra_licences", "licences_unused"],
}
ZONE = "America/Sao_Paulo"
PLANS, PACKAGES = list(FEES), list(VALUES)


@dataclass
class Month:
    """A cycle as somebody with a calendar keeps it."""

    start: datetime
    end: datetime
    of: int  # of the whole month, where the cycle is what is left of one
    plans: list[tuple[int, str]]  # days that were left when each began
    licences: list[tuple[int, str, int]]  # the same of extra ones: at the price of which plan, and how many
    package: str  # at its start
    raised_to: list[str] = field(default_factory=list)
    evened: bool = (
        False  # a change took off what it added: no invoice names its parts, which come to nothing together
    )

    @property
    def plan_minor(self) -> int:
        return cycle_price([(left, FEES[plan]) for left, plan in self.plans], self.of)

    @property
    def licences_minor(self) -> int:
        return cycle_price([(left, LICENCE[plan] * count) for left, plan, count in self.licences], self.of)

    @property
    def package_minor(self) -> int:
        fee, days = VALUES[(self.raised_to or [self.package])[-1]], self.plans[0][0]
        return cycle_price([(days, fee)], self.of)

    @property
    def asks(self) -> tuple[int, int, int]:
        return self.plan_minor, self.package_minor, self.licences_minor


class Life:
    def __init__(self, tenant: Tenant) -> None:
        self.tenant, self.months = tenant, list[Month]()
        self.later: tuple[str, str, int] | None = None
        self.newest: tuple[UUID, Month, int, int, int] | None = None
        self._begin("specialist", "brl-100", 0, of=30)

    def _begin(self, plan: str, package: str, licences: int, *, of: int | None = None) -> None:
        cycle = self.tenant.contract
        assert cycle.cycle_start is not None
        assert cycle.cycle_end is not None
        days = (cycle.cycle_end - cycle.cycle_start).days
        extra = [(days, plan, licences)]
        self.months.append(
            Month(cycle.cycle_start, cycle.cycle_end, of or days, [(days, plan)], extra, package)
        )
        self.newest = None

    @property
    def month(self) -> Month:
        return self.months[-1]

    @property
    def holds(self) -> tuple[str, str, int]:
        month = self.month
        return month.plans[-1][1], (month.raised_to or [month.package])[-1], month.licences[-1][2]

    def change(self, plan: str, package: str, licences: int, now: datetime) -> None:
        try:
            asked = quote(self.tenant, plan=plan, package=package, licences=licences, now=now)
        except Refusal:
            assert (plan, package, licences) in (self.holds, self.later)
            return
        seen = quote_of(changes.get(asked))
        taken = self._billed()
        accept(self.tenant, asked, now=now)
        assert self._billed() - taken == max(seen.difference.minor, 0)
        balance = metering.balance(contract_id=self.tenant.contract_id, at=now)
        assert balance.included_interactions == seen.interactions[1]
        has = self.holds
        up = plan if PLANS.index(plan) > PLANS.index(has[0]) else has[0]
        bigger = package if PACKAGES.index(package) > PACKAGES.index(has[1]) else has[1]
        more = max(licences, has[2])
        month = self.month
        month.evened |= bool(seen.lines) and not seen.difference.minor
        self.newest = (asked, month, len(month.plans), len(month.raised_to), len(month.licences))
        left = days_left_of(self.month, now)
        if up != has[0]:
            self.month.plans.append((left, up))
        if bigger != has[1]:
            self.month.raised_to.append(bigger)
        if (up, more) != (has[0], has[2]):
            self.month.licences.append((left, up, more))
        wanted = plan, package, licences
        self.later = None if wanted == (up, bigger, more) else wanted

    def withdraw(self, now: datetime) -> None:
        change = changes.scheduled(self.tenant.contract_id)
        if change is not None:
            withdraw_change(change_id=change.id, customer_id=self.tenant.customer_id, actor="ana", now=now)
            self.later = None

    def undo(self, now: datetime) -> None:
        if self.newest is None:
            return
        asked, month, plans, raises, licences = self.newest
        try:
            undo_change(change_id=asked, customer_id=self.tenant.customer_id, actor="ana", now=now)
        except (UndoNothing, UndoTooOften, UndoLate, UndoLaterChange):
            return
        del month.plans[plans:], month.raised_to[raises:], month.licences[licences:]
        self.later = self.newest = None

    def renew(self) -> None:
        plan, package, licences = self.later or self.holds
        renew_due(now=self.month.end)
        self.later = None
        self._begin(plan, package, licences)
        now = self.tenant.contract
        assert (now.plan_code, now.package_code, now.extra_licences) == (plan, package, licences)

    def _billed(self) -> int:
        return sum(sum(self.asked(month)) for month in self.months)

    def asked(self, month: Month) -> tuple[int, int, int]:
        plan, package, licences = (self.billed(month, part) for part in ("plan", "package", "licences"))
        return plan, package, licences

    def billed(self, month: Month, what: str) -> int:
        issued = {"invoice__contract_id": self.tenant.contract_id, "invoice__number__isnull": False}
        lines = InvoiceLine.objects.filter(**issued, kind__in=KINDS[what], period_end=month.end)
        return sum(line.amount_minor for line in lines.exclude(invoice__change__state="undone"))


def days_left_of(month: Month, now: datetime) -> int:
    return days_left(Period(month.start, month.end), now, ZONE).left


@pytest.mark.rule("CHG-4", part="unused credited, rest charged")
@pytest.mark.rule("CHG-4", part="used + unused")
@pytest.mark.rule("CHG-5", part="bounded")
@pytest.mark.rule("CHG-1", part="to the cent")
@pytest.mark.rule("LIC-6", part="bought pro rata")
@pytest.mark.rule("INV-2", part="month: default")
@pytest.mark.rule("INV-2", part="month: other")
@pytest.mark.parametrize("seed", seeds(0, always=2))
def test_each_cycle_costs_what_its_terms_cost_on_their_days(gateway, seed: int) -> None:
    dice = Random(seed)
    begun = JUNE_1
    if seed % 2:
        set_value(setting=CYCLE_BEGINS, value="month", actor="olga", why="a test", now=JUNE_1 - DAY)
        begun += 18 * DAY
    life = Life(make_padaria(now=begun))
    for _month in range(3):
        now = max(life.month.start, begun) + HOUR
        for _act in range(dice.randrange(1, 6)):
            now += timedelta(minutes=dice.choice([7, 25, 60, 60 * 24 * 3, 60 * 24 * 6]))
            if now >= life.month.end:
                break
            match dice.randrange(5):
                case 0:
                    life.withdraw(now)
                case 1:
                    life.undo(now)
                case _:
                    licences = dice.choice([0, life.holds[2], 1, 7, 40])
                    life.change(dice.choice(PLANS), dice.choice(PACKAGES), licences, now)
        granted(life)
        life.renew()
    life.renew()
    lived = life.months[:-1]
    for _more in range(12):  # what an invoice cannot bear is given back by the next one
        if all(sum(life.asked(month)) == sum(month.asks) for month in lived):
            break
        life.renew()
    for month in lived:
        asked = life.asked(month)
        assert sum(asked) == sum(month.asks), month
        assert month.evened or asked == month.asks, month
    assert check_books() == []


def granted(life: Life) -> None:
    """At most the credits of its plans by their share of days, plus one per change, and one where it is a part of a month
    (CHG-5)."""
    month = life.month
    share, ends = 0.0, [left for left, _plan in month.plans[1:]] + [0]
    for (left, plan), end in zip(month.plans, ends, strict=True):
        share += CREDITS[plan] * (left - end) / month.of
    has = metering.balance(contract_id=life.tenant.contract_id, at=month.start).included_interactions
    part = month.plans[0][0] != month.of
    assert share - 1e-9 <= has <= share + len(month.plans) - 1 + part + 1e-9
