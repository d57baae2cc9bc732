"""A plan that is paid for by the year: its fee once, the rest monthly (CAT-10)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from abono.domain.contracts import changes
from abono.domain.contracts.models import Contract
from abono.domain.credit import queries as credit
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.labels import sentence
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import YEAR_UNUSED
from abono.flows.billing.project import project_invoice
from abono.flows.changes.undo import undo_change
from abono.flows.changes.withdraw import withdraw_change
from abono.flows.charges.rises import Rises, begins
from abono.flows.quotes.kept import quote_of
from abono.flows.quotes.seen import accepted_of
from abono.kernel.money import Money
from tests.books import check_books
from tests.scenarios.test_cycles import lines_of
from tests.scenarios.years import a_year, sell_by_the_year
from tests.work import renew_due
from tests.world import DAY, HOUR, JUNE_1, Tenant, change, make_padaria, quote, use


def month(number: int) -> datetime:
    """The first of a month, counted from June 2026 as 0, in São Paulo."""
    year, place = divmod(5 + number, 12)
    return datetime(2026 + year, place + 1, 1, 3, tzinfo=UTC)


def newest(tenant: Tenant):
    return invoices.list_for_customer(tenant.customer_id)[0]


@pytest.mark.rule("CAT-10", part="year's fee once")
@pytest.mark.rule("CAT-10", part="the rest monthly")
@pytest.mark.rule("CAT-13", part="price moves keep to it")
def test_a_year_is_paid_for_at_its_start_and_the_rest_each_month(gateway) -> None:
    padaria = a_year()
    first = newest(padaria)
    assert lines_of(first) == [("plan", 1, 6_000_00), ("package", 1, 100_00), ("activation", 1, 649_00)]
    assert [line.period_end for line in first.lines] == [month(12), month(1), month(1)]
    use(padaria.contract_id, 200)  # 110.00 of 100.00
    for number in range(1, 14):
        coming = project_invoice(contract_id=padaria.contract_id)
        assert coming is not None
        renew_due(now=month(number) + HOUR)
        billed = newest(padaria)
        year = [("plan", 1, 6_000_00)] if number == 12 else []
        overage = [("overage", 1, 10_00)] if number == 1 else []
        assert lines_of(billed) == [*year, ("package", 1, 100_00), *overage], number
        assert coming.total.minor == billed.total_minor
    assert padaria.contract.interval == "year"
    assert sum(gateway.book.values()) == 2 * 6_000_00 + 14 * 100_00 + 649_00 + 10_00
    assert check_books() == []
    a_dearer_plan_waits_for_the_end_of_the_paid_year(padaria)


def a_dearer_plan_waits_for_the_end_of_the_paid_year(padaria: Tenant) -> None:
    """In the second year, long after the twelve months at one price; a dearer package needs its notice only."""
    contract = Contract.objects.select_related("term__plan", "term__package", "customer").get(
        id=padaria.contract_id
    )
    assert begins(contract, Rises(plan=True, package=False), now=month(13) + DAY).at == month(24)
    assert begins(contract, Rises(plan=False, package=True), now=month(13) + DAY).at == month(14)


def seen(tenant: Tenant, **wanted: str):
    """What a change would be at its moment."""
    at = wanted.pop("now")
    return quote_of(changes.get(quote(tenant, **wanted, now=at)))


def renewed(tenant: Tenant, numbers: range) -> list[list[tuple[str, int, int]]]:
    """The lines of the invoices of these months, each as it was foreseen."""
    found = []
    for number in numbers:
        coming = project_invoice(contract_id=tenant.contract_id)
        renew_due(now=month(number) + HOUR)
        billed = newest(tenant)
        assert coming is not None
        assert coming.total.minor == billed.total_minor
        found.append(lines_of(billed))
    return found


@pytest.mark.rule("CAT-10", part="up at once")
def test_a_step_up_within_a_year_costs_the_difference_of_the_days_that_are_left_of_it(gateway) -> None:
    """6,000.00 to 18,000.00 on 12 November, when 201 of 365 days are left."""
    padaria = a_year()
    renewed(padaria, range(1, 6))
    november_12 = month(5) + 11 * DAY
    of_old, of_new = 3_304_11, 9_912_33  # 6,000.00 × 201/365 and 18,000.00 × 201/365
    shown = seen(padaria, plan="expert", now=november_12)
    assert (shown.today.minor, shown.later, shown.before.monthly) == (
        of_new - of_old,
        (),
        shown.after.monthly,
    )
    change(padaria, plan="expert", now=november_12)
    paid = newest(padaria)
    assert lines_of(paid) == [("plan_unused", 1, -of_old), ("plan", 1, of_new)]
    assert {line.period_end for line in paid.lines} == {month(12)}
    told = sentence("Expert", paid.lines[1].calculation, Money(of_new, "BRL"), "en")
    assert told == "Expert, 201 of 365 days: R$18,000.00 × 201/365 = R$9,912.33"
    assert renewed(padaria, range(6, 14)) == [
        [*([("plan", 1, 18_000_00)] if number == 12 else []), ("package", 1, 100_00)]
        for number in range(6, 14)
    ]
    assert check_books() == []


@pytest.mark.rule("CAT-10", part="down at its end")
@pytest.mark.rule("CAT-10", part="unused months: default")
@pytest.mark.parametrize("to", [{"plan": "starter"}, {"interval": "month"}])
def test_what_is_less_than_a_year_begins_at_its_end(gateway, to: dict[str, str]) -> None:
    """Package and licences do not wait for it."""
    padaria = a_year(package="brl-250")
    renewed(padaria, range(1, 3))
    at = month(2) + DAY
    change(padaria, **to, package="brl-100", now=at)
    assert seen_of_newest(padaria).begins_at == month(12)
    found = renewed(padaria, range(3, 14))
    assert found[:9] == 9 * [[("package", 1, 100_00)]]
    plan = ("plan", 1, 0 if "plan" in to else 600_00)
    assert found[9] == [plan, ("package", 1, 100_00)]
    assert found[10] == ([("package", 1, 100_00)] if "plan" in to else [plan, ("package", 1, 100_00)])
    assert check_books() == []


def seen_of_newest(tenant: Tenant):
    return accepted_of(tenant.contract_id)[0].quote


@pytest.mark.rule("CAT-10", part="down at its end")
def test_a_step_down_at_the_end_of_a_year_can_be_withdrawn(gateway) -> None:
    padaria = a_year(package="brl-250")
    at = month(0) + 5 * DAY
    asked = change(padaria, interval="month", package="brl-100", now=at)
    renewed(padaria, range(1, 4))
    withdraw_change(
        change_id=asked.change_id, customer_id=padaria.customer_id, actor="ana", now=month(3) + DAY
    )
    found = renewed(padaria, range(4, 13))
    assert found[-1] == [("plan", 1, 6_000_00), ("package", 1, 100_00)]
    assert (padaria.contract.interval, padaria.contract.package_code) == ("year", "brl-100")


@pytest.mark.rule("CAT-10", part="month to year")
def test_a_year_instead_of_a_month_begins_with_the_next_cycle(gateway) -> None:
    """Also for a contract whose version of the plan was not sold by the year, and to a bigger plan."""
    padaria = make_padaria()
    sell_by_the_year(now=JUNE_1 + HOUR)
    at = JUNE_1 + 10 * DAY
    shown = seen(padaria, interval="year", plan="expert", now=at)
    assert (shown.today.minor, shown.begins_at, shown.next_invoice.minor) == (0, month(1), 18_100_00)
    change(padaria, interval="year", plan="expert", now=at)
    found = renewed(padaria, range(1, 14))
    year = [("plan", 1, 18_000_00), ("package", 1, 100_00)]
    assert found == [year, *11 * [[("package", 1, 100_00)]], year]


@pytest.mark.rule("CAT-10", part="unused months: other")
def test_the_months_that_are_left_of_a_year_are_credited_where_the_setting_says_so(gateway) -> None:
    """A year of 18,000.00 that ends after three months: 9/12 come back, on as many invoices as they take."""
    set_value(setting=YEAR_UNUSED, value="credit", now=JUNE_1 - DAY, why="a test", actor="olga")
    padaria = a_year(plan="expert", package="brl-2000")
    renewed(padaria, range(1, 3))
    shown = seen(padaria, interval="month", now=month(2) + DAY)
    assert (shown.begins_at, shown.next_invoice.minor) == (month(3), 0)
    change(padaria, interval="month", now=month(2) + DAY)
    back = [
        -sum(one[2] for one in lines if one[0] == "plan_unused") for lines in renewed(padaria, range(3, 8))
    ]
    assert back == [3_800_00, 3_800_00, 3_800_00, 2_100_00, 0]
    assert check_books() == []


@pytest.mark.rule("CAT-10", part="unused months: other")
def test_a_smaller_plan_goes_on_with_the_year_at_its_months_where_the_setting_says_so(gateway) -> None:
    """18,000.00 to 6,000.00 after three of twelve months: 13,500.00 off and 4,500.00 on."""
    set_value(setting=YEAR_UNUSED, value="credit", now=JUNE_1 - DAY, why="a test", actor="olga")
    padaria = a_year(plan="expert", package="brl-2000")
    renewed(padaria, range(1, 3))
    change(padaria, plan="specialist", now=month(2) + DAY)
    [july] = renewed(padaria, range(3, 4))
    assert ("plan", 1, 4_500_00) in july
    renewed(padaria, range(4, 12))
    assert renewed(padaria, range(12, 13)) == [[("plan", 1, 6_000_00), ("package", 1, 2_000_00)]]
    assert sum(gateway.book.values()) == (18_000_00 - 9_000_00) + 6_000_00 + 13 * 2_000_00 + 649_00


@pytest.mark.rule("CHG-9", part="goes back exactly")
@pytest.mark.rule("CAT-10", part="up at once")
def test_a_step_up_within_a_year_is_undone_to_the_cent(gateway) -> None:
    padaria = a_year()
    renewed(padaria, range(1, 3))
    at = month(2) + 3 * DAY
    paid = sum(gateway.book.values())
    done = change(padaria, plan="expert", now=at)
    undo_change(change_id=done.change_id, customer_id=padaria.customer_id, actor="ana", now=at + HOUR / 2)
    assert credit.balance(padaria.contract_id) == sum(gateway.book.values()) - paid
    renewed(padaria, range(3, 12))
    assert renewed(padaria, range(12, 13)) == [[("plan", 1, 6_000_00), ("package", 1, 100_00)]]
    assert check_books() == []
