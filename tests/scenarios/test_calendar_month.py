"""Cycles that begin on the first of each month, where the setting says so: the first one is what is left of its month, with
that share of all that is paid and given (INV-2)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from abono.domain.contracts import changes
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.labels import explanation
from abono.domain.invoicing.types import Calculation
from abono.domain.metering import queries as metering
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import CYCLE_BEGINS
from abono.flows.billing.project import project_invoice
from abono.flows.changes.undo import undo_change
from abono.flows.charges.explained import explained
from abono.flows.quotes.kept import quote_of
from tests.books import check_books
from tests.scenarios.paying import answer
from tests.scenarios.test_cycles import JULY_1, lines_of
from tests.work import renew_due
from tests.world import DAY, HOUR, JUNE_1, Tenant, accept, make_padaria, quote, sign, use

AUGUST_1 = JULY_1 + 31 * DAY
JUNE_19 = JUNE_1 + 18 * DAY  # noon; 12 of the 30 days of June are left

pytestmark = pytest.mark.rule("INV-2", part="month: other")


@pytest.fixture(autouse=True)
def by_the_calendar(db: None) -> None:
    set_value(setting=CYCLE_BEGINS, value="month", now=JUNE_1 - DAY, why="a test", actor="olga")


def newest(tenant: Tenant):
    return invoices.list_for_customer(tenant.customer_id)[0]


def test_the_first_cycle_is_what_is_left_of_the_month_and_costs_and_gives_that_share(gateway) -> None:
    padaria = make_padaria(now=JUNE_19)
    first = newest(padaria)
    assert lines_of(first) == [("plan", 1, 240_00), ("package", 1, 40_00), ("activation", 1, 649_00)]
    assert [line.calculation for line in first.lines] == [
        Calculation(600_00, 12, 30),
        Calculation(100_00, 12, 30),
        None,
    ]
    assert (
        explanation(first.lines[1], "BRL", "pt-br")
        == "R$\u00a0100, 12 de 30 dias: R$\u00a0100,00 × 12/30 = R$\u00a040,00"
    )
    has = padaria.contract
    assert has.adhesion_date == date(2026, 6, 19)
    assert has.cycle_start == datetime(2026, 6, 19, 3, tzinfo=UTC)
    balance = metering.balance(contract_id=padaria.contract_id, at=JUNE_19)
    assert (balance.value_micro, balance.ceiling_micro) == (40_000_000, 80_000_000)
    assert balance.included_interactions == 200  # of 500
    for begins, ends in ((JULY_1, AUGUST_1), (AUGUST_1, AUGUST_1 + 31 * DAY)):
        renew_due(now=begins)
        assert lines_of(newest(padaria)) == [("plan", 1, 600_00), ("package", 1, 100_00)]
        assert (padaria.contract.cycle_start, padaria.contract.cycle_end) == (begins, ends)
    assert metering.balance(contract_id=padaria.contract_id, at=JULY_1).value_micro == 100_000_000
    assert sum(gateway.book.values()) == 929_00 + 2 * 700_00
    assert check_books() == []


def test_who_contracts_on_the_first_has_the_whole_month(gateway) -> None:
    padaria = make_padaria()
    assert [one.calculation for one in newest(padaria).lines] == [None, None, None]
    assert sum(gateway.book.values()) == 1_349_00
    assert padaria.contract.cycle_end == JULY_1


def test_a_change_in_it_counts_the_days_of_the_month_and_is_undone_exactly(gateway) -> None:
    padaria, now = make_padaria(now=JUNE_19), JUNE_1 + 24 * DAY  # 6 of 30 days are left
    had = metering.balance(contract_id=padaria.contract_id, at=now)
    asked = quote(padaria, plan="professional", package="brl-250", now=now)
    shown = quote_of(changes.get(asked))
    assert [(one.kind.value, one.amount.minor) for one in shown.lines] == [
        ("plan_unused", -120_00),
        ("plan", 780_00),
        ("package_raise", 60_00),  # 12 of 30 days of either package: the value that it gives is as much
    ]
    accept(padaria, asked, now=now)
    assert sum(gateway.book.values()) == 929_00 + 720_00
    balance = metering.balance(contract_id=padaria.contract_id, at=now)
    assert balance.value_micro == 100_000_000
    assert balance.included_interactions == shown.interactions[1] == 200 + 900
    undo_change(change_id=asked, customer_id=padaria.customer_id, actor="ana", now=now + timedelta(minutes=1))
    back = metering.balance(contract_id=padaria.contract_id, at=now)
    assert (back.value_micro, back.included_interactions) == (had.value_micro, had.included_interactions)
    renew_due(now=JULY_1)
    assert lines_of(newest(padaria)) == [("plan", 1, 600_00), ("package", 1, 100_00)]
    assert check_books() == []


def test_use_beyond_its_share_is_overage_and_says_of_which_sends_it_is(gateway) -> None:
    padaria = make_padaria(now=JUNE_19)
    use(padaria.contract_id, 100, at=JUNE_19 + HOUR)  # 55.00 of 40.00
    coming = project_invoice(contract_id=padaria.contract_id)
    assert coming is not None
    renew_due(now=JULY_1)
    july = newest(padaria)
    assert lines_of(july) == [("plan", 1, 600_00), ("package", 1, 100_00), ("overage", 1, 15_00)]
    assert coming.total.minor == july.total_minor
    whole = invoices.get(july.id)
    assert [[part.amount_minor for part in parts] for parts in explained(whole)] == [[], [], [15_00]]


def test_what_is_paid_on_another_day_is_put_right_on_the_next_invoice(gateway) -> None:
    """Signed on 30 June for one day of it, the bank said yes on 2 July: that cycle is thirty of the 31 days of July."""
    signed = sign(card="lost", now=JUNE_1 + 29 * DAY)
    padaria = Tenant(signed.customer_id, signed.contract_id, {})
    answer(now=JULY_1 + DAY + HOUR)
    assert padaria.contract.cycle_start == JULY_1 + DAY
    assert padaria.contract.cycle_end == AUGUST_1
    assert metering.balance(contract_id=padaria.contract_id, at=JULY_1 + DAY + HOUR).value_micro == 96_770_000
    renew_due(now=AUGUST_1)
    assert sum(gateway.book.values()) == 649_00 + 580_65 + 96_77 + 700_00
    assert check_books() == []
