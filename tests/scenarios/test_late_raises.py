"""Raises of the package whose money or answer comes when the cycle, or the package, is another."""

from __future__ import annotations

import pytest

from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import InvoiceNotPayable
from abono.domain.invoicing.models import Invoice
from abono.domain.payments.errors import CardDeclined, PaymentUnderWay
from abono.flows.collecting.hear import hear
from abono.flows.due_work import run_due_work
from abono.platform import clock
from abono.platform.models import Event
from tests.books import check_books
from tests.scenarios.paying import EVE, MOMENT_AFTER, answer, bigger, card, newest, pay, yes
from tests.scenarios.test_cycles import JULY_1, lines_of
from tests.scenarios.test_limits import LATER, state_of
from tests.work import ask_gateways, renew_due
from tests.world import HOUR, JUNE_1, moment, use


@pytest.mark.rule("CHG-5", "LIM-4", "TIM-3")
def test_a_raise_in_the_minute_before_the_renewal_ran_is_one_of_the_new_cycle(padaria, gateway):
    assert bigger(padaria, now=MOMENT_AFTER).paid

    assert padaria.contract.cycle_number == 1
    assert state_of(padaria, at=JUNE_1).value_micro == 100_000_000
    assert state_of(padaria, at=MOMENT_AFTER).value_micro == 250_000_000
    run_due_work(now=JULY_1 + HOUR)
    assert sorted(gateway.book.values()) == [150_00, 700_00, 1_349_00]


@pytest.mark.rule("CHG-5", "PAY-7")
def test_a_raise_confirmed_in_the_next_cycle_is_one_of_that_cycle(padaria, gateway):
    card(padaria, "lost")
    assert not bigger(padaria).paid
    card(padaria, "ok")
    renew_due(now=JULY_1)

    answer(now=JULY_1 + HOUR)

    # June was billed and lived with the old package; July had its fee, and now the difference.
    assert state_of(padaria, at=LATER).value_micro == 100_000_000
    assert state_of(padaria, at=JULY_1 + HOUR).value_micro == 250_000_000
    raised = Invoice.objects.get(reason="change")
    assert raised.state == "paid"
    line = raised.lines.get()
    assert (line.kind, line.amount_minor) == ("package_raise", 150_00)
    assert (line.period_start, line.period_end) == (JULY_1 + HOUR, padaria.contract.cycle_end)
    renew_due(now=padaria.contract.cycle_end)
    assert lines_of(invoices.list_for_customer(padaria.customer_id)[0]) == [
        ("plan", 1, 600_00),
        ("package", 1, 250_00),
    ]


@pytest.mark.rule("CHG-5", "TIM-3")
@pytest.mark.parametrize("renewed_first", [True, False])
def test_an_answer_of_a_moment_before_the_boundary_raises_what_is_billed_from_then_on(padaria, renewed_first):
    """The page read the clock, the gateway took its time, and midnight passed: sends of the new day are there."""
    card(padaria, "lost")
    assert not bigger(padaria, now=EVE).paid
    card(padaria, "ok")
    use(padaria.contract_id, 1, at=MOMENT_AFTER)
    if renewed_first:
        renew_due(now=MOMENT_AFTER)

    answer(now=EVE)

    renew_due(now=JULY_1 + HOUR)
    assert state_of(padaria, at=MOMENT_AFTER).value_micro == 250_000_000
    fees = {invoice.key: invoice.total_minor for invoice in Invoice.objects.filter(reason="renewal")}
    assert fees == {"cycle:1": 700_00 if renewed_first else 850_00}
    assert check_books() == []


@pytest.mark.rule("PAY-7")
@pytest.mark.rule("CHG-8", part="while another is paid")
def test_while_a_raise_is_being_confirmed_there_is_no_other_in_the_next_cycle_either(padaria, gateway):
    card(padaria, "lost")
    bigger(padaria)
    card(padaria, "ok")
    renew_due(now=JULY_1)
    with pytest.raises(PaymentUnderWay):
        bigger(padaria, "brl-500", now=JULY_1 + HOUR)


@pytest.mark.rule("CHG-7", "PAY-7")
def test_a_raise_that_was_given_up_and_paid_after_another_one_makes_nothing_smaller(padaria, gateway):
    card(padaria, "vanish")
    bigger(padaria)
    ask_gateways(real=clock.now() + HOUR)
    lost = newest()
    card(padaria, "ok")
    assert bigger(padaria, "brl-500").paid

    hear(attempt_id=lost.id, reply=yes(lost), actor="system", moment=moment(LATER))

    assert padaria.contract.package_code == "brl-500"
    assert Event.objects.filter(name="payment.for_no_invoice").count() == 1


@pytest.mark.rule("CHG-7", "INV-4")
def test_a_raise_that_was_declined_leaves_no_draft_that_could_be_paid_later_at_its_old_price(padaria):
    card(padaria, "decline:balance")
    with pytest.raises(CardDeclined):
        bigger(padaria, "brl-500")
    old = Invoice.objects.get(reason="change")
    card(padaria, "ok")
    bigger(padaria)
    with pytest.raises(InvoiceNotPayable):
        pay(padaria, old.id)
