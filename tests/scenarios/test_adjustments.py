"""The yearly adjustment: an index month by month, a preview of each contract, then exactly that, thirty days before (CAT-13)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from abono.domain.adjustments import queries as adjustments
from abono.domain.adjustments.errors import (
    AdjustmentStale,
    AdjustmentWrong,
    MonthAhead,
    MonthMissing,
    MonthUsed,
    NothingToAdjust,
    NotWithdrawable,
)
from abono.domain.adjustments.states import Months, Part
from abono.domain.catalog import queries as catalog
from abono.domain.contracts import actions as contract_actions
from abono.domain.contracts import arrangements, terms
from abono.domain.contracts.states import Arranged, State
from abono.domain.invoicing.models import InvoiceLine
from abono.domain.notices.queries import list_for
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import PRICE_KEPT_MONTHS
from abono.flows import locks
from abono.flows.adjustments.kind import ADJUSTMENTS
from abono.flows.adjustments.preview import Adjusted, Fate, effects, preview_adjustment
from abono.flows.adjustments.withdraw import withdraw_line
from abono.flows.arrangements.arrange import Asked, arrange
from abono.flows.arrangements.arrange import end as end_own
from abono.flows.price_moves.apply import apply_move
from abono.flows.price_moves.effects import moved as moved_together
from abono.platform.models import Event
from tests.adjustments import APRIL_20, TWELVE, ipca, nearly_a_year, renewed
from tests.books import check_books
from tests.scenarios.test_years import a_year
from tests.world import DAY, Tenant, make_luna

JUNE_1_2027 = datetime.fromisoformat("2027-06-01T03:00:00+00:00")
RAISED = {"plan": 622_75, "package": 103_79}  # 600.00 and 100.00 × 1.03791648


@pytest.fixture
def padaria(gateway: object) -> Tenant:
    return nearly_a_year()


def preview(
    *parts: Part, months: Months = Months.NEWEST, now: datetime = APRIL_20, until: date | None = None
) -> UUID:
    chosen = parts or tuple(Part)
    return preview_adjustment(
        index="ipca", currency="BRL", months=months, parts=chosen, until=until, actor="olga", now=now
    )


def seen(batch: UUID, *, now: datetime = APRIL_20) -> Adjusted:
    [one] = effects(adjustments.get(batch), now=now)
    return one


def applied(*parts: Part, now: datetime = APRIL_20) -> UUID:
    batch = preview(*parts, now=now)
    assert apply_move(ADJUSTMENTS, batch, actor="olga", now=now) is True
    return batch


def billed(tenant: Tenant, until: datetime) -> dict[str, int]:
    lines = InvoiceLine.objects.filter(invoice_id=renewed(tenant, until))
    return {line.kind: line.amount_minor for line in lines}


def moved(tenant: Tenant, *, plan: str = "specialist", package: str = "brl-100") -> None:
    """As if its customer had chosen another plan or package on 20 April."""
    with locks.contract(tenant.contract_id) as contract:
        terms.change(
            contract,
            begins_at=APRIL_20,
            plan_id=catalog.plan_on_sale(code=plan, at=APRIL_20).id,
            package_id=catalog.package_on_sale(code=package, at=APRIL_20).id,
            actor="ana",
            now=APRIL_20,
        )


def cheaper(padaria: Tenant, until: date | None = None) -> tuple[UUID, datetime]:
    """The plan costs 500 from 1 May on, and prices need not be twelve months old. Returns its id, and that day."""
    set_value(setting=PRICE_KEPT_MONTHS, value=0, actor="olga", why="a test", now=APRIL_20)
    own = Asked(Arranged.PLAN, 500_000_000, date(2027, 5, 1), "agreed", until=until)
    key = arrange(contract_id=padaria.contract_id, asked=own, actor="olga", now=APRIL_20)
    with pytest.raises(NothingToAdjust):  # it waits itself
        preview()
    renewed(padaria, may := APRIL_20.replace(month=5, day=1))
    return key, may


@pytest.mark.rule("CAT-13", part="yearly adjustment")
@pytest.mark.rule("CAT-13", part="30 days' notice and preview")
def test_prices_rise_by_the_index_on_the_day_that_was_told_and_not_before(padaria: Tenant) -> None:
    make_luna(now=APRIL_20 - 400 * DAY)  # in dollars: of no adjustment in reais
    batch = preview()
    one = seen(batch)
    # 1.0026 × 1.0024 × 0.9989 × … × 1.0041 = 1.037916479…
    assert (str(one.factor), str(one.day), one.fate) == ("1.03791648", "2027-06-01", Fate.SEEN)
    assert (one.before.minor, one.after.minor) == (700_00, 622_75 + 103_79)
    assert not Event.objects.filter(name__in=["contract.adjusted", "contract.arranged"]).exists()

    assert apply_move(ADJUSTMENTS, batch, actor="olga", now=APRIL_20) is True
    assert apply_move(ADJUSTMENTS, batch, actor="olga", now=APRIL_20 + DAY) is False
    assert Event.objects.filter(name="contract.adjusted").count() == 1
    assert seen(batch).fate is Fate.WAITS
    assert billed(padaria, JUNE_1_2027 - DAY) == {"plan": 600_00, "package": 100_00}
    assert billed(padaria, JUNE_1_2027) == RAISED
    assert seen(batch, now=JUNE_1_2027).fate is Fate.BEGUN
    assert check_books() == []


@pytest.mark.rule("CAT-13", part="30 days' notice and preview")
@pytest.mark.rule("LNG-1", part="e-mails")
def test_each_customer_is_told_the_sums_the_day_and_the_factor(padaria: Tenant) -> None:
    applied()
    for language, figure, factor in (
        ("en", "R$700.00 → R$726.54", "1.03791648"),
        ("pt-br", "R$\xa0700,00 → R$\xa0726,54", "1,03791648"),
        ("es", "R$\xa0700,00 → R$\xa0726,54", "1,03791648"),
    ):
        [notice] = [one for one in list_for(padaria.customer_id, language) if one.kind == "adjusted"]
        assert notice.wording.figure == figure
        assert factor in notice.wording.body[0]


@pytest.mark.rule("CAT-13", part="30 days' notice and preview")
@pytest.mark.parametrize(("day", "begins"), [(2, "2027-06-01"), (3, "2027-07-01")])
def test_what_is_told_too_late_begins_a_cycle_later(padaria: Tenant, day: int, begins: str) -> None:
    now = APRIL_20.replace(month=5, day=day)
    renewed(padaria, now)
    batch = preview(now=now)
    assert (str(seen(batch).day), seen(batch).waits) == (begins, "notice" if day == 3 else None)
    with pytest.raises(AdjustmentStale):  # seen on the last day, and applied the day after
        apply_move(ADJUSTMENTS, batch, actor="olga", now=now + DAY * 30)


@pytest.mark.rule("CAT-13", part="yearly adjustment")
def test_a_price_that_is_not_twelve_months_old_by_that_day_is_left_out(padaria: Tenant) -> None:
    with pytest.raises(NothingToAdjust):
        preview(until=date(2027, 5, 31))
    moved(padaria, package="brl-250")  # the package is new, the plan is not
    one = seen(preview())
    assert [price.part for price in one.prices] == [
        Part.PLAN,
        Part.EXTRA_INTERACTION,
        Part.EXTRA_LICENCE,
    ]
    assert (one.before.minor, one.after.minor) == (850_00, 622_75 + 250_00)


@pytest.mark.rule("CAT-13", part="yearly adjustment")
def test_each_chosen_price_rises_rounded_once(padaria: Tenant) -> None:
    batch = applied(Part.EXTRA_INTERACTION, Part.EXTRA_LICENCE)
    one = seen(batch)
    assert one.before == one.after  # of a month without extras
    # 3.00 × 1.03791648 = 3.11374944 → 3.1137 ; 215.00 × 1.03791648 = 223.1520432 → 223.15
    after = {price.part: price.after_micro for price in one.prices}
    assert after == {Part.EXTRA_INTERACTION: 3_113_700, Part.EXTRA_LICENCE: 223_150_000}
    own = {one.kind: one.price_micro for one in arrangements.of_contract(padaria.contract_id)}
    assert own == {Arranged.EXTRA_INTERACTION: 3_113_700, Arranged.EXTRA_LICENCE: 223_150_000}
    assert billed(padaria, JUNE_1_2027) == {"plan": 600_00, "package": 100_00}


@pytest.mark.rule("CAT-13", part="yearly adjustment")
@pytest.mark.rule("CAT-11", part="own prices")
def test_a_price_of_its_own_is_what_is_adjusted_and_holds_as_long_as_it_would_have(padaria: Tenant) -> None:
    _key, may = cheaper(padaria, until=date(2027, 7, 15))
    one = seen(applied(Part.PLAN, now=may), now=may)
    assert (one.before.minor, one.after.minor, str(one.day)) == (600_00, 518_96 + 100_00, "2027-06-01")
    for month, paid in ((6, 518_96), (7, 518_96), (8, 600_00)):  # then what the catalog says
        assert billed(padaria, JUNE_1_2027.replace(month=month))["plan"] == paid


@pytest.mark.rule("CAT-13", part="yearly adjustment")
def test_where_the_index_fell_prices_stay_and_nobody_is_told(padaria: Tenant) -> None:
    ipca(["-0.80", "-9.10"])
    batch = applied()
    one = seen(batch)
    assert (one.fate, one.before, one.after) == (Fate.STAYS, one.after, one.before)
    assert one.factor < 1
    assert billed(padaria, JUNE_1_2027) == {"plan": 600_00, "package": 100_00}
    assert not [notice for notice in list_for(padaria.customer_id, "en") if notice.kind == "adjusted"]
    assert arrangements.of_contract(padaria.contract_id) == []


@pytest.mark.rule("CAT-13", part="yearly adjustment")
def test_the_own_twelve_months_of_a_price_wait_until_all_are_known(padaria: Tenant) -> None:
    with pytest.raises(NothingToAdjust):  # June 2026 to May 2027
        preview(months=Months.OWN)
    ipca(["0.50", "0.30"], first=date(2027, 4, 1), now=(now := JUNE_1_2027 + 11 * DAY))
    renewed(padaria, now)
    one = seen(preview(months=Months.OWN, now=now), now=now)
    assert (one.first_month, one.last_month) == (date(2026, 6, 1), date(2027, 5, 1))
    assert str(one.day) == "2027-08-01"


@pytest.mark.rule("CAT-13", part="yearly adjustment")
def test_no_month_counts_twice(padaria: Tenant) -> None:
    set_value(setting=PRICE_KEPT_MONTHS, value=0, actor="olga", why="a test", now=APRIL_20)
    applied()
    ipca(["0.50", "0.30"], first=date(2027, 4, 1), now=(now := JUNE_1_2027 + DAY))
    renewed(padaria, now)
    one = seen(preview(now=now), now=now)
    assert (one.first_month, one.last_month, str(one.factor)) == (
        date(2027, 4, 1),
        date(2027, 5, 1),
        "1.00801500",  # 1.005 × 1.003
    )


@pytest.mark.rule("CAT-13", part="yearly adjustment")
def test_a_value_is_put_right_until_a_price_was_adjusted_with_it(padaria: Tenant) -> None:
    assert ipca() == 0  # a second time it changes nothing
    assert ipca(["0.27"]) == 1
    batch = preview()
    ipca(["0.26"])
    with pytest.raises(AdjustmentStale):
        apply_move(ADJUSTMENTS, batch, actor="olga", now=APRIL_20)
    applied()
    assert ipca() == 0
    with pytest.raises(MonthUsed):
        ipca(["0.27"])
    with pytest.raises(MonthMissing):
        ipca(["0.5"], first=date(2026, 2, 1))
    with pytest.raises(MonthAhead):
        ipca(["0.5", "0.5"], first=date(2027, 4, 1))
    assert ipca(["0.5"], first=date(2026, 3, 1)) == 1
    written = Event.objects.filter(name="index.months_written").order_by("id")
    assert [(one.before, one.after) for one in written][1] == ({"2026-04": "0.2600"}, {"2026-04": "0.27"})


def _renewed(padaria: Tenant) -> None:
    renewed(padaria, JUNE_1_2027)


def _ending(padaria: Tenant) -> None:
    with locks.contract(padaria.contract_id) as contract:
        contract_actions.move(contract, State.ENDING, actor="ana", reason="asked", now=APRIL_20)


def _raised(padaria: Tenant) -> None:
    moved(padaria, package="brl-250")


def _cheaper(padaria: Tenant) -> None:
    own = Asked(Arranged.PLAN, 500_000_000, date(2027, 5, 1), "agreed")
    arrange(contract_id=padaria.contract_id, asked=own, actor="olga", now=APRIL_20)


def _in_another(_padaria: Tenant) -> None:
    applied(Part.PACKAGE)


@pytest.mark.rule("CAT-13", part="30 days' notice and preview")
@pytest.mark.parametrize("meanwhile", [_renewed, _ending, _raised, _cheaper, _in_another])
def test_if_anything_moved_meanwhile_nothing_is_done(
    padaria: Tenant, meanwhile: Callable[[Tenant], None]
) -> None:
    batch = preview()
    meanwhile(padaria)
    told = Event.objects.filter(name="contract.adjusted").count()
    with pytest.raises(AdjustmentStale):
        apply_move(ADJUSTMENTS, batch, actor="olga", now=APRIL_20 + timedelta(hours=1))
    assert Event.objects.filter(name="contract.adjusted").count() == told
    assert adjustments.get(batch).applied_at is None


def withdraw(padaria: Tenant, batch: UUID, *, now: datetime = APRIL_20 + DAY, why: str = "agreed") -> None:
    withdraw_line(adjustment_id=batch, contract_id=padaria.contract_id, why=why, actor="olga", now=now)


@pytest.mark.rule("CAT-13", part="yearly adjustment")
def test_before_its_day_it_is_taken_back_and_what_was_paid_before_goes_on(padaria: Tenant) -> None:
    key, now = cheaper(padaria)
    batch = applied(now=now)
    with pytest.raises(AdjustmentWrong):
        withdraw(padaria, batch, now=now, why=" ")
    for _again in range(2):
        withdraw(padaria, batch, now=now + timedelta(hours=1))
    assert (seen(batch, now=now).fate, seen(batch, now=now).why) == (Fate.WITHDRAWN, "agreed")
    [notice] = [one for one in list_for(padaria.customer_id, "en") if one.kind == "adjustment_withdrawn"]
    assert notice.wording.title == "Your contract goes on at R$600.00 a month"
    assert Event.objects.filter(name="contract.adjustment_withdrawn").count() == 1
    again = seen(preview(now=now + timedelta(hours=1)), now=now)  # as if it had not been
    assert (again.before.minor, str(again.day), again.first_month) == (600_00, "2027-06-01", date(2026, 4, 1))
    assert billed(padaria, JUNE_1_2027) == {"plan": 500_00, "package": 100_00}
    [held] = [one for one in arrangements.of_contract(padaria.contract_id) if one.until != one.since]
    assert (held.price_micro, held.until, held.id != key) == (500_000_000, None, True)


@pytest.mark.rule("CAT-13", part="yearly adjustment")
def test_what_has_begun_or_was_ended_is_not_taken_back(padaria: Tenant) -> None:
    never, batch = preview(), applied()
    for one, now in ((never, APRIL_20), (batch, JUNE_1_2027)):
        with pytest.raises(NotWithdrawable):
            withdraw(padaria, one, now=now)
    price = arrangements.of_contract(padaria.contract_id)[0]
    end_own(
        contract_id=padaria.contract_id,
        arrangement_id=price.id,
        last=date(2027, 5, 1),
        why="otherwise",
        actor="olga",
        now=APRIL_20,
    )
    with pytest.raises(NotWithdrawable):
        withdraw(padaria, batch)


@pytest.mark.rule("CAT-13", part="yearly adjustment")
def test_a_plan_that_is_chosen_meanwhile_costs_what_the_catalog_says_and_that_is_shown(
    padaria: Tenant,
) -> None:
    batch = applied()
    moved(padaria, plan="expert")
    assert seen(batch).fate is Fate.LAPSED
    assert billed(padaria, JUNE_1_2027) == {"plan": 1_800_00, "package": 103_79}
    assert check_books() == []


@pytest.mark.rule("CAT-13", part="yearly adjustment")
@pytest.mark.rule("CAT-10", part="year's fee once")
def test_the_fee_of_a_year_rises_with_a_paid_year_and_what_is_paid_monthly_when_it_may(
    gateway: object,
) -> None:
    padaria = a_year()
    march = APRIL_20 - 45 * DAY
    set_value(setting=PRICE_KEPT_MONTHS, value=0, actor="olga", why="a test", now=march)
    renewed(padaria, march)
    ipca(("0.50", *TWELVE[:11]), first=date(2026, 3, 1))
    soon = seen(preview(now=march))
    assert ([price.part for price in soon.prices], str(soon.day)) == ([Part.PACKAGE], "2027-05-01")
    renewed(padaria, APRIL_20)
    ipca(TWELVE[11:], first=date(2027, 3, 1))
    one = seen(batch := preview())
    year = one.prices[0]
    assert (year.a_year, year.before_micro, year.after_micro) == (True, 6_000_000_000, 6_227_500_000)
    assert (one.before.minor, one.after.minor, str(one.day)) == (100_00, 103_79, "2027-06-01")
    # 227.50 of a year is 18.96 of a month, with the 3.79 of the package
    assert moved_together([one])[0].minor == 18_96 + 3_79
    apply_move(ADJUSTMENTS, batch, actor="olga", now=APRIL_20)
    assert billed(padaria, JUNE_1_2027) == {"plan": 6_227_50, "package": 103_79}
    [notice] = [one for one in list_for(padaria.customer_id, "en") if one.kind == "adjusted"]
    assert "the plan costs R$6,227.50 a year" in notice.wording.body[2]
    assert check_books() == []
