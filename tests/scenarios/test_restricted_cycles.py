"""A cycle that begins restricted costs and gives from its release on (END-5)."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from abono.domain.contracts.states import State
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.types import Calculation
from abono.domain.metering import queries as metering
from abono.domain.notices.models import Notice
from abono.domain.restrictions.errors import NotRestricted
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import FEES_BILLED
from abono.domain.settings.restriction import RESTRICTED_PLAN_FEE
from abono.flows.billing.project import project_invoice
from abono.flows.charges.costs import costs_of_cycle
from abono.flows.restriction.by_seller import lift_for_fraud, restrict_for_fraud
from tests.books import check_books
from tests.examples import through_the_database
from tests.remembered import remembered
from tests.scenarios.paying import card, pay
from tests.scenarios.taking_back import AUGUST_1, newest, unpaid_renewal
from tests.scenarios.test_cycles import JULY_1, lines_of
from tests.scenarios.test_restriction import OLGA, state
from tests.scenarios.years import a_year
from tests.work import renew_due
from tests.world import DAY, HOUR, JUNE_1, change, make_padaria

THE_11TH = JULY_1 + 10 * DAY  # on which the invoice of July restricts the contract
RELEASE = datetime(2026, 8, 20, 15, tzinfo=UTC)  # 12 of the 31 days of August are left
SEPTEMBER_1 = AUGUST_1 + 31 * DAY
SECOND = timedelta(seconds=1)


@pytest.fixture
def padaria(gateway):
    return make_padaria()


def set_(setting, value):
    set_value(setting=setting, value=value, actor="olga", why="to be tried", now=JUNE_1 - DAY)


def restricted(tenant, until=AUGUST_1):
    """It begins August restricted for the invoice of July, which is owed alone."""
    july = unpaid_renewal(tenant)
    _goes_on(until)
    return july


@remembered
def _goes_on(until):
    renew_due(now=THE_11TH)
    renew_due(now=until)


def release(tenant, july, now=RELEASE):
    card(tenant, "ok", now=now)
    pay(tenant, july.id, now=now)
    assert state(tenant) is State.ACTIVE


def value(tenant, at):
    balance = metering.balance(contract_id=tenant.contract_id, at=at)
    return balance.value_micro, balance.ceiling_micro, balance.included_interactions


def of_cycle(tenant, begins, ends):
    return [
        (line.kind.value, line.amount_minor)
        for head in invoices.list_for_customer(tenant.customer_id)
        for line in invoices.get(head.id).lines
        if begins <= line.period_start < ends
    ]


@pytest.mark.rule("END-5", part="no package")
def test_a_cycle_that_begins_restricted_has_no_package_and_bills_nothing_of_it(padaria):
    july = restricted(padaria)
    assert newest(padaria).id == july.id
    assert value(padaria, AUGUST_1) == (0, 0, 500)
    assert padaria.contract.cycle_start == AUGUST_1
    statement = Notice.objects.filter(customer_id=padaria.customer_id, kind="package_expired").latest("id")
    assert statement.facts["next"] == "restricted"
    coming = project_invoice(contract_id=padaria.contract_id)
    assert coming is not None
    assert coming.lines == ()
    assert check_books() == []


@pytest.mark.rule("END-5", part="billed on release")
def test_from_its_release_on_it_gives_and_costs_the_share_of_its_days(padaria):
    july = restricted(padaria)
    release(padaria, july)
    assert value(padaria, RELEASE) == (38_710_000, 77_420_000, 500)  # 100 × 12/31
    assert newest(padaria).id == july.id
    renew_due(now=SEPTEMBER_1)
    assert lines_of(newest(padaria)) == [
        ("plan", 1, 600_00),
        ("package", 1, 100_00),
        ("plan", 1, 232_26),  # 600 × 12/31
        ("package", 1, 38_71),
    ]
    assert newest(padaria).lines[2].calculation == Calculation(600_00, 12, 31)
    assert value(padaria, SEPTEMBER_1) == (100_000_000, 200_000_000, 500)
    renew_due(now=SEPTEMBER_1 + 30 * DAY)
    assert lines_of(newest(padaria)) == [("plan", 1, 600_00), ("package", 1, 100_00)]
    assert check_books() == []


@pytest.mark.rule("END-5", part="billed on release")
def test_released_on_its_first_day_it_is_whole(padaria):
    july = restricted(padaria)
    release(padaria, july, now=AUGUST_1 + 20 * HOUR)
    assert value(padaria, AUGUST_1) == (100_000_000, 200_000_000, 500)
    renew_due(now=SEPTEMBER_1)
    assert of_cycle(padaria, AUGUST_1, SEPTEMBER_1) == [("plan", 600_00), ("package", 100_00)]


@pytest.mark.rule("END-5", part="billed on release")
def test_a_release_before_it_begins_leaves_it_whole(padaria):
    july = unpaid_renewal(padaria)
    renew_due(now=THE_11TH)
    assert value(padaria, AUGUST_1)[0] == 0
    release(padaria, july, now=AUGUST_1 - HOUR)
    assert value(padaria, AUGUST_1)[0] == 100_000_000
    assert value(padaria, THE_11TH)[0] == 100_000_000
    renew_due(now=AUGUST_1)
    assert lines_of(newest(padaria)) == [("plan", 1, 600_00), ("package", 1, 100_00)]


@pytest.mark.rule("END-2")
@pytest.mark.rule("END-5", part="billed on release")
@pytest.mark.parametrize("read", [AUGUST_1 - SECOND, AUGUST_1])
def test_whose_clock_was_read_before_the_cycle_began_without_a_package_gets_what_is_billed(padaria, read):
    """A card is asked in the last second, and the renewal is faster than the answer."""
    july = restricted(padaria)
    release(padaria, july, now=read)
    assert value(padaria, AUGUST_1) == (100_000_000, 200_000_000, 500)
    renew_due(now=SEPTEMBER_1)
    assert of_cycle(padaria, AUGUST_1, SEPTEMBER_1) == [("plan", 600_00), ("package", 100_00)]
    assert check_books() == []


@pytest.mark.rule("END-4", "END-5")
@pytest.mark.parametrize("read", [JULY_1 - SECOND, JULY_1])
def test_whose_clock_was_read_before_the_cycle_began_with_its_package_restricts_within_it(padaria, read):
    renew_due(now=JULY_1)
    restrict_for_fraud(contract_id=padaria.contract_id, now=read, **OLGA)
    assert value(padaria, JULY_1)[0] == 100_000_000
    lift_for_fraud(contract_id=padaria.contract_id, now=JULY_1 + 15 * DAY, **OLGA)
    renew_due(now=AUGUST_1)
    assert lines_of(newest(padaria)) == [("plan", 1, 600_00), ("package", 1, 100_00)]
    assert check_books() == []


@pytest.mark.rule("END-5", part="billed on release")
def test_a_release_before_a_late_renewal_counts_from_its_day(padaria):
    july = unpaid_renewal(padaria)
    renew_due(now=THE_11TH)
    release(padaria, july)  # nobody renewed August
    assert value(padaria, RELEASE)[0] == 38_710_000
    renew_due(now=RELEASE + HOUR)
    assert lines_of(newest(padaria)) == [("plan", 1, 232_26), ("package", 1, 38_71)]
    assert check_books() == []


@pytest.mark.rule("END-5", part="billed on release")
def test_what_is_restricted_once_more_changes_nothing_of_its_cycle(padaria):
    july = restricted(padaria)
    release(padaria, july, now=AUGUST_1 + 10 * DAY)
    had = value(padaria, RELEASE)
    restrict_for_fraud(contract_id=padaria.contract_id, **OLGA, now=AUGUST_1 + 12 * DAY)
    lift_for_fraud(contract_id=padaria.contract_id, **OLGA, now=RELEASE)
    assert value(padaria, RELEASE) == had
    renew_due(now=SEPTEMBER_1)
    assert of_cycle(padaria, AUGUST_1, SEPTEMBER_1) == [("plan", 406_45), ("package", 67_74)]  # 21 of 31 days


@pytest.mark.rule("END-5", part="no package")
@pytest.mark.rule("END-5", part="billed on release")
def test_the_sellers_word_and_a_debt_are_one_restriction(padaria):
    july = restricted(padaria)
    restrict_for_fraud(contract_id=padaria.contract_id, **OLGA, now=AUGUST_1 + DAY)
    card(padaria, "ok", now=AUGUST_1 + 2 * DAY)
    pay(padaria, july.id, now=AUGUST_1 + 2 * DAY)
    assert state(padaria) is State.RESTRICTED
    assert value(padaria, RELEASE)[0] == 0
    lift_for_fraud(contract_id=padaria.contract_id, **OLGA, now=RELEASE)
    assert value(padaria, RELEASE)[0] == 38_710_000
    told = Notice.objects.filter(kind="contract_released").latest("id")
    assert told.facts["granted_minor"] == 38_71
    renew_due(now=SEPTEMBER_1)
    assert of_cycle(padaria, AUGUST_1, SEPTEMBER_1) == [("plan", 232_26), ("package", 38_71)]


@pytest.mark.rule("END-5", part="plan fee: default")
def test_extra_licences_wait_with_the_plan(padaria):
    change(padaria, licences=2, now=JUNE_1 + DAY)
    july = restricted(padaria)
    release(padaria, july)
    renew_due(now=SEPTEMBER_1)
    assert of_cycle(padaria, AUGUST_1, SEPTEMBER_1)[-1] == ("extra_licences", 166_45)  # 2 × 215 × 12/31


@pytest.mark.rule("END-5", part="plan fee: other")
def test_the_plan_is_billed_whole_where_the_seller_says_so(padaria):
    set_(RESTRICTED_PLAN_FEE, "whole")
    change(padaria, licences=2, now=JUNE_1 + DAY)
    july = restricted(padaria)
    assert lines_of(newest(padaria)) == [("plan", 1, 600_00), ("extra_licences", 2, 430_00)]
    card(padaria, "ok", now=RELEASE)
    for one in (july, newest(padaria)):
        pay(padaria, one.id, now=RELEASE)
    assert value(padaria, RELEASE)[0] == 38_710_000
    renew_due(now=SEPTEMBER_1)
    assert of_cycle(padaria, AUGUST_1, SEPTEMBER_1) == [
        ("package", 38_71),
        ("plan", 600_00),
        ("extra_licences", 430_00),
    ]


@pytest.mark.rule("END-5", part="billed on release")
def test_a_change_after_the_release_counts_the_days_of_the_month(padaria):
    july = restricted(padaria)
    release(padaria, july)
    change(padaria, plan="expert", package="brl-250", now=RELEASE + 6 * DAY)  # 6 of 31 days
    assert value(padaria, RELEASE)[0] == 96_770_000  # 250 × 12/31
    assert of_cycle(padaria, AUGUST_1, SEPTEMBER_1) == [
        ("plan_unused", -116_13),
        ("plan", 348_39),
        ("package_raise", 58_06),  # 96.77 − 38.71
    ]
    renew_due(now=SEPTEMBER_1)
    assert sum(minor for _kind, minor in of_cycle(padaria, AUGUST_1, SEPTEMBER_1)) == sum(
        (232_26, 38_71, -116_13, 348_39, 58_06)
    )


@pytest.mark.rule("END-5", part="billed on release")
def test_fees_that_are_billed_afterwards_are_those_of_the_days_that_were_served(gateway):
    set_(FEES_BILLED, "afterwards")
    padaria = make_padaria()
    july = restricted(padaria, until=THE_11TH)
    renew_due(now=AUGUST_1)
    assert [kind for kind, *_ in lines_of(newest(padaria))] == ["plan", "package"]  # of July, whole
    card(padaria, "ok", now=RELEASE)
    for one in (july, newest(padaria)):
        pay(padaria, one.id, now=RELEASE)
    renew_due(now=SEPTEMBER_1)
    assert lines_of(newest(padaria)) == [("plan", 1, 232_26), ("package", 1, 38_71)]


@pytest.mark.rule("END-5", part="no package")
def test_the_months_of_a_paid_year_wait_with_their_package_and_a_year_that_begins_restricted_with_its_fee(
    gateway,
):
    padaria = a_year()
    restrict_for_fraud(contract_id=padaria.contract_id, **OLGA, now=JUNE_1 + DAY)
    renew_due(now=JULY_1)
    lift_for_fraud(contract_id=padaria.contract_id, **OLGA, now=JULY_1 + 10 * DAY + HOUR)
    renew_due(now=AUGUST_1)
    assert of_cycle(padaria, JULY_1, AUGUST_1) == [("package", 67_74)]  # 21 of 31 days
    may = datetime(2027, 5, 20, 15, tzinfo=UTC)
    renew_due(now=may)
    restrict_for_fraud(contract_id=padaria.contract_id, **OLGA, now=may)
    july_27 = datetime(
        2027, 7, 19, 15, tzinfo=UTC
    )  # in the second month of the year, of which 318 days are left
    renew_due(now=july_27)
    june_27, year_28 = datetime(2027, 6, 1, 3, tzinfo=UTC), datetime(2028, 6, 1, 3, tzinfo=UTC)
    assert of_cycle(padaria, june_27, year_28) == []
    lift_for_fraud(contract_id=padaria.contract_id, **OLGA, now=july_27)
    renew_due(now=datetime(2027, 9, 2, tzinfo=UTC))
    assert of_cycle(padaria, june_27, year_28) == [
        ("package", 100_00),
        ("package", 100_00),
        ("plan", 5_213_11),  # 6,000 × 318/366
        ("package", 41_94),  # 13 of 31 days
    ]
    assert check_books() == []


def test_a_restricted_cycle_costs_nothing_on_the_usage_page(padaria):
    restricted(padaria)
    balance = metering.balance(contract_id=padaria.contract_id, at=AUGUST_1)
    assert (
        sum(one.amount.minor for one in costs_of_cycle(contract_id=padaria.contract_id, cycle=balance)) == 0
    )


@pytest.mark.rule("END-5", part="billed on release")
@through_the_database(15)
@given(
    st.lists(
        st.tuples(st.integers(1, 700), st.sampled_from(["restrict", "lift", "work"])), min_size=3, max_size=6
    )
)
def test_what_is_billed_of_each_cycle_are_its_days_from_the_first_release_on_and_none_twice(gateway, steps):
    with transaction.atomic():
        padaria, now, spells = make_padaria(), JUNE_1, []
        for hours, what in steps:
            now += hours * HOUR
            with suppress(NotRestricted):
                if what == "work":
                    renew_due(now=now)
                elif what == "lift":
                    lift_for_fraud(contract_id=padaria.contract_id, **OLGA, now=now)
                    spells[-1][1] = now
                else:
                    restrict_for_fraud(contract_id=padaria.contract_id, **OLGA, now=now)
                    spells += [[now, None]] if all(one[1] for one in spells) else []
        renew_due(now=now + 32 * DAY)
        for begins, ends in cycles_until(now):
            share = served(spells, begins, ends)
            billed = of_cycle(padaria, begins, ends)
            sums = [sum(minor for kind, minor in billed if kind == one) for one in ("plan", "package")]
            assert sums == [half_up(600_00 * share), half_up(100_00 * share)]
            assert value(padaria, begins)[0] == sums[1] * 10_000
        assert check_books() == []
        transaction.set_rollback(True)


def cycles_until(now):
    """Of Padaria Sol, from the first one that it can have begun restricted; midnight of São Paulo is at three."""
    begins = JULY_1
    while begins <= now:
        ends = (begins + 32 * DAY).replace(day=1)
        yield begins, ends
        begins = ends


def served(spells, begins, ends):
    """Its share of the month, by days, from the first release on."""
    until = next(
        (two or ends for one, two in spells if one <= begins and (two is None or two > begins)), begins
    )
    left = max((ends - until).days + bool((ends - until).seconds), 0)
    return Fraction(left, (ends - begins).days)


def half_up(amount):
    return int(amount + Fraction(1, 2))
