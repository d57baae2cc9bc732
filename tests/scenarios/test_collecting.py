"""What the schedule must finish: invoices that nobody was asked to pay, one trouble that holds up nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.states import State
from abono.domain.invoicing.models import Invoice
from abono.domain.notices.models import Notice
from abono.domain.payments.models import Attempt, PaymentMethod
from abono.flows.billing.renew import renew
from abono.flows.collecting.collect import collect
from abono.flows.due_work import run_due_work
from abono.flows.endings.cancel import cancel, take_back
from abono.flows.limits.tell_thresholds import tell_thresholds
from abono.flows.wallet import save_card
from abono.platform import clock
from abono.platform.models import Due
from tests import sql
from tests.books import check_books
from tests.fakes import Died
from tests.scenarios import test_coupons as coupons
from tests.scenarios.paying import pay
from tests.scenarios.test_cycles import JULY_1
from tests.scenarios.test_limits import block
from tests.work import ask_gateways, renew_due, run_sandboxes
from tests.world import DAY, HOUR, begin_signup, make_luna, make_padaria, moment, sign

LATE = JULY_1 + timedelta(hours=6)  # July has begun in São Paulo and in Bogotá


def spoil(tenant):
    """A bug or a hand in the database: the contract's next cycles cannot be opened any more. Returns the cure."""
    sql.run(
        "INSERT INTO metering_cycle SELECT (c).* FROM (SELECT jsonb_populate_record(m, jsonb_build_object("
        "'cycle_start', m.cycle_end + interval '40 days', 'cycle_end', m.cycle_end + interval '41 days')) c"
        " FROM metering_cycle m WHERE contract_id = %s ORDER BY cycle_start LIMIT 1) x",
        tenant.contract_id,
    )

    def mend():
        sql.run(
            "DELETE FROM metering_cycle WHERE contract_id = %s AND cycle_end - cycle_start = interval '1 day'",
            tenant.contract_id,
        )

    return mend


@pytest.mark.rule("INV-1", "OPS-1")
def test_a_renewal_whose_process_died_before_the_charge_is_collected_by_the_next_run(gateway):
    padaria = make_padaria()
    renew(contract_id=padaria.contract_id, now=JULY_1)  # and here the process died

    run_due_work(now=JULY_1 + HOUR)
    assert sorted(gateway.book.values()) == [700_00, 1_349_00]
    assert run_due_work(now=JULY_1 + 2 * HOUR) == 0
    assert len(gateway.calls) == 2
    assert Invoice.objects.get(key="cycle:1").state == "paid"


@pytest.mark.rule("INV-1", "OPS-1", "TIM-2")
def test_the_same_in_a_sandbox_by_its_own_clock_alone(gateway):
    padaria = make_padaria(now=clock.now() - 40 * DAY, sandbox=True)
    renew(contract_id=padaria.contract_id, now=clock.now())

    renew_due(now=clock.now())
    assert len(gateway.book) == 1
    run_sandboxes()
    assert len(gateway.book) == 2


def test_a_declined_renewal_is_not_asked_for_again_by_every_run(gateway):
    make_padaria(card="renewals-fail")
    for hour in range(3):
        run_due_work(now=JULY_1 + hour * HOUR)
    assert [call.off_session for call in gateway.calls] == [False, True]


@pytest.mark.rule("PAY-7", "OPS-1")
@pytest.mark.parametrize(("card", "state"), [("dies-before", "lost"), ("dies-after", "paid")])
def test_a_process_that_dies_while_it_charges_leaves_a_charge_that_is_asked_about(gateway, card, state):
    padaria = make_padaria()
    save_card(customer_id=padaria.customer_id, frame_ref=card, use=True, actor="ana", now=JULY_1)
    with pytest.raises(Died):
        renew_due(now=JULY_1)

    run_due_work(now=JULY_1 + HOUR)  # nobody charges again while that is not known
    assert len(gateway.calls) == 2
    ask_gateways(real=clock.now() + HOUR)
    assert Attempt.objects.get(invoice__key="cycle:1").state == state
    assert check_books() == []


@pytest.mark.rule("PAY-7", "NOT-1")
def test_a_renewal_that_the_gateway_never_received_was_not_declined_and_is_asked_for_again(gateway):
    padaria = make_padaria()
    save_card(customer_id=padaria.customer_id, frame_ref="vanish", use=True, actor="ana", now=JULY_1)
    renew_due(now=JULY_1)
    asked_at = clock.now() + HOUR
    ask_gateways(real=asked_at)
    run_due_work(now=JULY_1 + HOUR)
    assert len(gateway.calls) == 2  # not at once: it may still be away
    told = Notice.objects.filter(kind__startswith="payment", created_at__gte=JULY_1)
    assert not told.exists()

    retry = Due.objects.get(kind="collect")  # on the clock on the wall, where this gateway lives
    assert retry.due_at == asked_at + HOUR
    assert retry.subject == Invoice.objects.get(key="cycle:1").id
    save_card(customer_id=padaria.customer_id, frame_ref="ok", use=True, actor="ana", now=JULY_1)
    run_due_work(now=JULY_1 + 2 * HOUR)
    assert sorted(gateway.book.values()) == [700_00, 1_349_00]
    assert check_books() == []


@pytest.mark.rule("CON-4", "OPS-1")
@pytest.mark.parametrize("card", ["dies-before", "dies-after"])
def test_a_process_that_dies_in_the_first_charge_leaves_an_order_that_ends_well(gateway, card):
    signup_id = begin_signup()
    with pytest.raises(Died):
        sign(signup_id=signup_id, card=card)
    # The gateway's book is asked. What it has not seen may be on its way: another card pays nothing meanwhile.
    assert sign(signup_id=signup_id, card="ok").active == (card == "dies-after")

    ask_gateways(real=clock.now() + HOUR)
    assert sign(signup_id=signup_id, card="ok").active
    assert list(gateway.book.values()) == [1_349_00]
    assert check_books() == []


@pytest.mark.rule("CON-4", part="never a second charge")
@pytest.mark.rule("API-2", part="cut off by a crash")
@pytest.mark.parametrize("card", ["dies-before", "dies-after"])
def test_the_same_press_again_after_the_process_died_makes_the_contract_active_at_once(gateway, card):
    signup_id = begin_signup()
    with pytest.raises(Died):
        sign(signup_id=signup_id, card=card)
    assert sign(signup_id=signup_id, card=card).active
    assert list(gateway.book.values()) == [1_349_00]
    assert check_books() == []


@pytest.mark.rule("OPS-1", "INV-1")
def test_a_contract_that_cannot_be_renewed_holds_up_nobody_else(gateway, caplog):
    padaria, luna = make_padaria(), make_luna()
    spoil(padaria)

    assert renew_due(now=LATE) == 1
    assert contracts.get(luna.contract_id).cycle_number == 1
    assert contracts.get(padaria.contract_id).cycle_number == 0
    assert str(padaria.contract_id) in caplog.text


@pytest.mark.rule("OPS-1", "INV-1")
def test_a_charge_that_fails_with_a_bug_holds_up_nobody_else(gateway, caplog):
    padaria, luna = make_padaria(), make_luna()
    save_card(customer_id=padaria.customer_id, frame_ref="clash", use=True, actor="ana", now=LATE)

    renew_due(now=LATE)
    assert contracts.get(padaria.contract_id).cycle_number == 1
    assert Invoice.objects.get(contract_id=luna.contract_id, key="cycle:1").state == "paid"
    assert "KeyClash" in caplog.text


@pytest.mark.rule("OPS-1", "TIM-2")
def test_a_sandbox_in_trouble_holds_up_no_other(gateway, caplog):
    padaria, other = (make_padaria(now=clock.now() - 40 * DAY, sandbox=True) for _ in range(2))
    spoil(padaria)
    run_sandboxes()
    assert contracts.get(other.contract_id).cycle_number == 1


@pytest.mark.rule("PAY-7", "OPS-1")
def test_a_question_to_the_gateway_that_fails_holds_up_no_other(gateway, caplog):
    first, second = sign(card="lost"), sign(card="lost")
    gateway.broken = {str(Attempt.objects.get(invoice__contract_id=first.contract_id).id)}

    ask_gateways(real=clock.now() + HOUR)
    assert contracts.get(second.contract_id).state is State.ACTIVE
    assert contracts.get(first.contract_id).state is State.PENDING

    gateway.broken = set()
    ask_gateways(real=clock.now() + 2 * HOUR)
    assert contracts.get(first.contract_id).state is State.ACTIVE


@pytest.mark.rule("LIM-3", "OPS-1")
def test_a_warning_that_cannot_be_told_holds_up_no_other(gateway, caplog):
    padaria, other = make_padaria(), make_padaria()
    block(padaria)
    block(other)
    sql.run("DELETE FROM metering_cycle WHERE contract_id = %s", padaria.contract_id)  # its crossing stays
    tell_thresholds()
    assert Notice.objects.filter(customer_id=other.customer_id, kind="sending_blocked").exists()


@pytest.mark.rule("FIN-3", "INV-1")
def test_an_invoice_that_was_paid_by_hand_meanwhile_is_no_trouble_for_the_schedule(gateway):
    padaria = make_padaria()
    invoice_id = renew(contract_id=padaria.contract_id, now=JULY_1)
    pay(padaria, invoice_id, now=JULY_1)
    collect(invoice_id=invoice_id, moment=moment(JULY_1))
    assert sorted(gateway.book.values()) == [700_00, 1_349_00]


@pytest.mark.rule("INV-1")
def test_a_renewal_without_a_card_is_collected_once_there_is_one(gateway):
    padaria = make_padaria()
    PaymentMethod.objects.filter(customer_id=padaria.customer_id).update(in_use=False)
    run_due_work(now=JULY_1)
    assert len(gateway.book) == 1
    assert Due.objects.get(kind="collect").due_at is None  # it waits for a card, not for a moment

    save_card(customer_id=padaria.customer_id, frame_ref="ok", use=True, actor="ana", now=JULY_1)
    run_due_work(now=JULY_1 + HOUR)
    assert sorted(gateway.book.values()) == [700_00, 1_349_00]


@pytest.mark.rule("INV-1")
def test_a_contract_that_ends_with_its_cycle_is_not_found_due_for_ever(gateway):
    padaria = make_padaria()
    cancel(contract_id=padaria.contract_id, actor="ana", now=JULY_1 - DAY)
    assert not Due.objects.filter(kind="renew").exists()
    take_back(contract_id=padaria.contract_id, actor="ana", now=JULY_1 - HOUR)
    assert Due.objects.get(kind="renew").due_at == padaria.contract.cycle_end


@pytest.mark.rule("INV-1")
def test_a_renewal_that_costs_nothing_is_paid_at_once_and_looked_at_no_more(gateway):
    padaria = make_padaria()
    all_of_it = coupons.make(rate=1_000_000, cycles=1)
    coupons.redeem(padaria, all_of_it.code)
    renew_due(now=JULY_1)
    invoice = Invoice.objects.get(key="cycle:1")
    assert (invoice.total_minor, invoice.state) == (0, "paid")
    assert not Due.objects.exclude(kind__in=["renew", "card_expires"]).exists()
    assert len(gateway.calls) == 1
    assert check_books() == []
    assert padaria.contract.cycle_number == 1


@pytest.mark.rule("FIN-3", "INV-1")
def test_an_invoice_that_is_paid_by_hand_is_not_waited_for_any_more(gateway):
    padaria = make_padaria()
    invoice_id = renew(contract_id=padaria.contract_id, now=JULY_1)
    assert Due.objects.get(kind="collect").subject == invoice_id
    pay(padaria, invoice_id, now=JULY_1)
    assert not Due.objects.filter(kind="collect").exists()
