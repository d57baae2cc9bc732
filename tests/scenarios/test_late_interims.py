"""Interim invoices whose money or answer comes when the cycle, or the package, is another."""

from __future__ import annotations

import pytest

from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import InvoiceNotPayable, NotBlocked
from abono.domain.invoicing.models import Invoice
from abono.domain.metering.rules import SendingState
from abono.domain.metering.types import Outcome as SendOutcome
from abono.domain.payments.errors import CardDeclined
from abono.domain.payments.ports.port import ChargeReply, Outcome
from abono.flows.limits.tell_thresholds import tell_thresholds
from tests.books import check_books
from tests.scenarios.both_ways import renewed_alike
from tests.scenarios.paying import EVE, MOMENT_AFTER, answer, bigger, card, interim, pay
from tests.scenarios.test_cycles import JULY_1, lines_of
from tests.scenarios.test_limits import FULL, LATER, block, state_of
from tests.work import renew_due
from tests.world import HOUR, hold, settle, use


@pytest.mark.rule("TIM-3")
@pytest.mark.rule("LIM-4", part="rest of the cycle only")
def test_an_interim_paid_in_the_minute_before_the_renewal_ran_opens_nothing_in_the_new_cycle(padaria):
    block(padaria)
    invoice_id = interim(padaria)
    card(padaria, "lost")
    pay(padaria, invoice_id, now=EVE)

    answer(now=MOMENT_AFTER)

    assert state_of(padaria, at=MOMENT_AFTER).ceiling_micro == 200_000_000
    renew_due(now=JULY_1 + HOUR)
    assert Invoice.objects.get(key="cycle:1").total_minor == 700_00  # the overage was paid for
    assert check_books() == []


@pytest.mark.rule("INV-1")
@pytest.mark.rule("INV-5", part="pending, paid, cancelled")
@pytest.mark.rule("LIM-1", part="overage on the next invoice")
def test_an_interim_that_nobody_paid_is_withdrawn_and_its_overage_billed_by_the_renewal(padaria, gateway):
    block(padaria)
    tell_thresholds()
    offered = Invoice.objects.get(reason="interim")

    assert renewed_alike([padaria.contract_id], now=JULY_1) == set()  # that is not done in one go
    renew_due(now=JULY_1)

    offered.refresh_from_db()
    assert offered.state == "cancelled"
    assert lines_of(invoices.list_for_customer(padaria.customer_id)[0])[2] == ("overage", 1, 99_65)
    assert sorted(gateway.book.values()) == [799_65, 1_349_00]
    with pytest.raises(InvoiceNotPayable):
        pay(padaria, offered.id, now=JULY_1)
    assert check_books() == []


@pytest.mark.rule("LIM-4", "PAY-7")
def test_an_interim_being_confirmed_at_the_renewal_is_not_billed_twice(padaria, gateway):
    block(padaria)
    invoice_id = interim(padaria)
    card(padaria, "lost")
    pay(padaria, invoice_id)
    card(padaria, "ok")
    renew_due(now=JULY_1)
    assert Invoice.objects.get(key="cycle:1").total_minor == 700_00

    answer(ChargeReply(Outcome.DECLINED), now=JULY_1 + HOUR)
    renew_due(now=padaria.contract.cycle_end)  # it was not paid after all: the next invoice has it
    assert lines_of(invoices.list_for_customer(padaria.customer_id)[0])[2] == ("overage", 1, 99_65)


@pytest.mark.rule("LIM-4", "CHG-5", "INV-3")
def test_raising_the_package_withdraws_the_interim_of_what_the_package_now_covers(padaria, gateway):
    block(padaria)
    tell_thresholds()
    bigger(padaria)

    assert Invoice.objects.get(reason="interim").state == "cancelled"
    renew_due(now=JULY_1)
    # 199.65 of 250.00 were used: nothing beyond the package.
    assert sorted(gateway.book.values()) == [150_00, 850_00, 1_349_00]
    assert check_books() == []


@pytest.mark.rule("LIM-4", "CHG-7")
def test_a_raise_that_is_declined_leaves_the_interim_as_it_was(padaria):
    block(padaria)
    tell_thresholds()
    card(padaria, "decline:balance")
    with pytest.raises(CardDeclined):
        bigger(padaria)
    assert Invoice.objects.get(reason="interim").state == "pending"


@pytest.mark.rule("LIM-4")
def test_small_interim_payments_without_a_block_do_not_open_limit_after_limit(padaria):
    use(padaria.contract_id, 182)  # 0.10 beyond the package
    with pytest.raises(NotBlocked):
        interim(padaria)
    assert state_of(padaria).ceiling_micro == 200_000_000


@pytest.mark.rule("LIM-4")
def test_an_interim_that_waits_is_found_again_when_sending_is_no_longer_blocked(padaria):
    ids, _answers = hold(padaria.contract_id, count=10)
    use(padaria.contract_id, FULL)
    invoice_id = interim(padaria)
    settle(padaria.contract_id, ids, outcome=SendOutcome.REJECTED, at=LATER)
    assert state_of(padaria).sending_state is SendingState.OVERAGE
    assert interim(padaria) == invoice_id
