"""Fixed fees that are billed when their cycle is over, where the setting says so (INV-1)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from abono.domain.contracts import changes
from abono.domain.contracts.models import Contract
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import LineKind
from abono.domain.invoicing.types import NewLine
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import FEES_BILLED
from abono.flows.billing.project import project_invoice
from abono.flows.charges.fees import fitting
from abono.flows.quotes.kept import quote_of
from abono.kernel.money import Money
from abono.kernel.periods import Period
from tests.books import check_books
from tests.scenarios.test_cycles import JULY_1, lines_of
from tests.work import renew_due
from tests.world import DAY, HOUR, JUNE_1, Tenant, accept, make_padaria, quote, use

AUGUST_1 = JULY_1 + 31 * DAY
JUNE_19 = JUNE_1 + timedelta(days=18)  # 12 of the 30 days of June are left


def say(value: str, *, at=JUNE_1 - DAY) -> None:
    set_value(setting=FEES_BILLED, value=value, now=at, why="a test", actor="olga")


def newest(padaria: Tenant):
    return invoices.list_for_customer(padaria.customer_id)[0]


@pytest.mark.rule("INV-1", part="fees in arrears: default")
def test_fees_are_billed_ahead_unless_the_seller_says_otherwise(padaria) -> None:
    assert lines_of(newest(padaria)) == [
        ("plan", 1, 600_00),
        ("package", 1, 100_00),
        ("activation", 1, 649_00),
    ]


@pytest.mark.rule("INV-1", part="fees in arrears: other")
def test_contracting_costs_the_activation_and_each_cycle_is_billed_when_it_is_over(gateway) -> None:
    say("afterwards")
    padaria = make_padaria()
    assert lines_of(newest(padaria)) == [("activation", 1, 649_00)]
    use(padaria.contract_id, 200)  # 110.00 of 100.00
    coming = project_invoice(contract_id=padaria.contract_id)
    assert coming is not None
    assert coming.total.minor == 710_00
    renew_due(now=JULY_1)
    june = newest(padaria)
    assert sorted(lines_of(june)) == [("overage", 1, 10_00), ("package", 1, 100_00), ("plan", 1, 600_00)]
    assert {line.period_end for line in june.lines} == {JULY_1}
    renew_due(now=AUGUST_1)
    assert lines_of(newest(padaria)) == [("plan", 1, 600_00), ("package", 1, 100_00)]
    assert sum(gateway.book.values()) == 649_00 + 710_00 + 700_00
    assert check_books() == []


@pytest.mark.rule("INV-1", part="fees in arrears: other")
@pytest.mark.rule("CHG-4")
def test_a_step_up_costs_nothing_today_and_its_days_when_the_cycle_is_over(gateway) -> None:
    """600.00 to 3,900.00 with 12 of 30 days left: 600.00 - 240.00 + 1,560.00, and 100.00 for the package."""
    say("afterwards")
    padaria = make_padaria()
    asked = quote(padaria, plan="professional", now=JUNE_19)
    seen = quote_of(changes.get(asked))
    assert (seen.lines, seen.today.minor, seen.next_invoice.minor) == ((), 0, 2_020_00)
    assert accept(padaria, asked, now=JUNE_19).paid
    assert padaria.contract.plan_code == "professional"
    renew_due(now=JULY_1)
    assert newest(padaria).total_minor == 2_020_00
    assert check_books() == []


@pytest.mark.rule("INV-1")
@pytest.mark.parametrize(("before", "after"), [("ahead", "afterwards"), ("afterwards", "ahead")])
def test_no_cycle_is_billed_twice_or_never_when_the_setting_changes(gateway, before: str, after: str) -> None:
    """Four cycles, one of them on its way: three are over, the fourth is paid for if it is billed ahead."""
    say(before)
    padaria = make_padaria()
    say(after, at=JUNE_19)
    september_1 = AUGUST_1 + 31 * DAY
    for moment in (JULY_1, AUGUST_1, september_1):
        renew_due(now=moment + HOUR)
    billed = sum(one.total_minor for one in invoices.list_for_customer(padaria.customer_id))
    assert billed == 649_00 + (4 if after == "ahead" else 3) * 700_00
    assert check_books() == []


@pytest.mark.rule("INV-8")
def test_what_an_invoice_can_bear_is_given_to_the_newest_cycle_first(gateway):
    """So that a discount stands beside its fee, and is not forgotten behind a paid year that is still given back."""
    contract = Contract.objects.select_related("customer").get(id=make_padaria().contract_id)
    june, july = Period(JUNE_1, JULY_1), Period(JULY_1, JULY_1 + 31 * DAY)

    def line(kind, period, minor):
        return NewLine(kind, "x", period, 1, minor * 10_000, Money(minor, "BRL"))

    fees = [line(LineKind.PACKAGE, july, 500)]
    old, new = line(LineKind.PLAN_UNUSED, june, -1_000), line(LineKind.PACKAGE_DISCOUNT, july, -300)
    found = fitting(contract, fees, [old, new])
    assert [(one.kind, one.amount.minor) for one in found] == [
        (LineKind.PACKAGE, 500),
        (LineKind.PLAN_UNUSED, -200),
        (LineKind.PACKAGE_DISCOUNT, -300),
    ]
