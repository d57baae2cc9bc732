"""Months of a contract: cycles, invoices, what expires, what is billed afterwards."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from abono.domain.contracts import queries as contracts
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.models import Invoice
from abono.domain.metering import queries as metering
from abono.domain.notices.models import Notice
from abono.flows.due_work import run_due_work
from tests.work import renew_due
from tests.world import HOUR, JUNE_1, make_luna, make_padaria, use

JULY_1 = datetime(2026, 7, 1, 3, tzinfo=UTC)  # midnight in São Paulo


def lines_of(invoice):
    return [(line.kind.value, line.quantity, line.amount_minor) for line in invoice.lines]


@pytest.mark.rule("INV-2")
@pytest.mark.rule("LIM-1", part="overage on the next invoice")
@pytest.mark.rule("LIM-1", part="overage price: default")
@pytest.mark.rule("INV-1", part="fees at the start")
@pytest.mark.rule("INV-1", part="use after it")
def test_the_renewal_bills_the_new_cycle_ahead_and_the_use_beyond_the_package_afterwards(gateway):
    padaria = make_padaria()
    # 200 sends at 0.55 are 110.00: 100.00 of package and 10.00 beyond it.
    assert all(answer.status.granted for answer in use(padaria.contract_id, 200))

    assert renew_due(now=JULY_1 - timedelta(seconds=1)) == 0
    assert renew_due(now=JULY_1) == 1

    second = invoices.list_for_customer(padaria.customer_id)[0]
    assert lines_of(second) == [("plan", 1, 600_00), ("package", 1, 100_00), ("overage", 1, 10_00)]
    assert second.total_minor == 710_00
    assert (second.title, second.state.value) == ("A-000002", "paid")
    assert second.lines[0].period_start == JULY_1
    assert second.lines[2].period_end == JULY_1
    assert contracts.get(padaria.contract_id).cycle_number == 1
    assert sum(gateway.book.values()) == 1_349_00 + 710_00


@pytest.mark.rule("INV-1", "TIM-3")
def test_a_second_run_bills_nobody_twice(gateway):
    padaria = make_padaria()
    assert renew_due(now=JULY_1) == 1
    assert renew_due(now=JULY_1) == 0
    assert run_due_work(now=JULY_1 + HOUR) == 0
    assert Invoice.objects.filter(contract_id=padaria.contract_id).count() == 2
    assert len(gateway.book) == 2


@pytest.mark.rule("INV-1", "TIM-4")
def test_one_late_run_makes_what_the_missed_ones_would_have_made(gateway):
    padaria = make_padaria()
    late = datetime(2026, 9, 10, 12, tzinfo=UTC)
    assert renew_due(now=late) == 3
    starts = [
        invoice.lines[0].period_start.astimezone(ZoneInfo("America/Sao_Paulo")).date()
        for invoice in invoices.list_for_customer(padaria.customer_id)
    ]
    assert starts == [date(2026, 9, 1), date(2026, 8, 1), date(2026, 7, 1), date(2026, 6, 1)]
    assert sum(gateway.book.values()) == 1_349_00 + 3 * 700_00


@pytest.mark.rule("INT-5")
@pytest.mark.rule("PKG-3", part="statement")
@pytest.mark.rule("PKG-3", part="lost at the end")
@pytest.mark.rule("PKG-3", part="full value next")
def test_what_is_left_is_lost_with_a_statement_and_the_next_cycle_has_the_full_value(gateway):
    padaria = make_padaria()
    use(padaria.contract_id, 100)  # 55.00 of 100.00
    renew_due(now=JULY_1)

    statement = Notice.objects.get(customer_id=padaria.customer_id, kind="package_expired")
    assert statement.facts["expired_micro"] == 45_000_000
    balance = metering.balance(contract_id=padaria.contract_id, at=JULY_1)
    assert (balance.value_micro, balance.used_micro, balance.interactions) == (100_000_000, 0, 0)


@pytest.mark.rule("PKG-3", "TIM-3")
def test_sending_goes_on_at_the_boundary_before_the_renewal_ran():
    padaria = make_padaria()
    [answer] = use(padaria.contract_id, 1, at=JULY_1)
    assert answer.status.granted
    assert metering.balance(contract_id=padaria.contract_id, at=JULY_1).used_micro == 550_000
    assert metering.balance(contract_id=padaria.contract_id, at=JUNE_1).used_micro == 0


@pytest.mark.rule("INV-4", part="gapless")
def test_numbers_have_no_gaps_and_drafts_have_none(gateway):
    from abono.domain.payments.errors import CardDeclined
    from tests.world import sign

    make_padaria()
    with pytest.raises(CardDeclined):
        sign(card="decline:cvv")
    make_luna()
    renew_due(now=JULY_1 + timedelta(hours=2))  # 05:00 UTC: midnight in Bogotá
    numbers = sorted(n for n in Invoice.objects.values_list("number", flat=True) if n is not None)
    assert numbers == [1, 2, 3, 4]


@pytest.mark.rule("INV-5", "PAY-7")
def test_a_declined_renewal_leaves_its_invoice_pending_and_tells_why(gateway):
    padaria = make_padaria(card="renewals-fail")
    renew_due(now=JULY_1)
    newest = invoices.list_for_customer(padaria.customer_id)[0]
    assert newest.state.value == "pending"
    failed = Notice.objects.get(customer_id=padaria.customer_id, kind="payment_failed")
    assert failed.facts["hint"] == "balance"
    assert contracts.get(padaria.contract_id).state.value == "active"


@pytest.mark.rule("INV-2", "TIM-4", "TIM-5")
def test_a_customer_of_the_last_of_january_is_billed_on_the_last_of_february_and_on_31_march(gateway):
    padaria = make_padaria(now=datetime(2027, 1, 31, 20, tzinfo=UTC))
    renew_due(now=datetime(2027, 3, 31, 20, tzinfo=UTC))
    days = [
        invoice.lines[0].period_start.astimezone(ZoneInfo("America/Sao_Paulo")).date()
        for invoice in invoices.list_for_customer(padaria.customer_id)
    ]
    assert days == [date(2027, 3, 31), date(2027, 2, 28), date(2027, 1, 31)]


@pytest.mark.rule("INV-2", part="midnight of the customer")
def test_the_local_day_decides_the_adhesion(gateway):
    # 01:30 UTC on 2 June is still 1 June in São Paulo.
    padaria = make_padaria(now=datetime(2026, 6, 2, 1, 30, tzinfo=UTC))
    assert padaria.contract.adhesion_date == date(2026, 6, 1)
    assert padaria.contract.cycle_start == datetime(2026, 6, 1, 3, tzinfo=UTC)


@pytest.mark.rule("INT-6", part="billed at the extra price on the next invoice")
def test_interactions_beyond_the_allowance_are_billed_at_the_plans_extra_price(gateway):
    from abono.domain.interactions import actions
    from abono.domain.interactions.types import ContactEvent
    from abono.kernel.ids import event_key, uuid7

    luna = make_luna(plan="starter")  # 100 interactions, then USD 1.00 each
    at = JUNE_1 + HOUR
    actions.observe(
        [
            ContactEvent(luna.contract_id, uuid7(), event_key(f"c{n}"), "whatsapp", "contact_message", at, at)
            for n in range(103)
        ]
    )
    renew_due(now=JULY_1 + timedelta(hours=2))
    newest = invoices.list_for_customer(luna.customer_id)[0]
    assert lines_of(newest) == [("plan", 1, 0), ("package", 1, 20_00), ("extra_interactions", 3, 3_00)]
