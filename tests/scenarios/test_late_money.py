"""Answers after a process died or a charge was given up: nothing is charged twice, and no money is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from abono.domain.contracts.errors import NoSuchContract
from abono.domain.invoicing.errors import NoSuchInvoice
from abono.domain.invoicing.models import Invoice
from abono.domain.metering.rules import SendingState
from abono.domain.payments.errors import CardDeclined, PaymentUnderWay
from abono.domain.payments.models import Attempt
from abono.domain.payments.ports.port import ChargeReply, Outcome
from abono.flows.billing.renew import renew
from abono.flows.changes.ask import make_quote
from abono.flows.collecting.chase import LOST
from abono.flows.collecting.hear import hear
from abono.flows.limits.interim import issue_interim
from abono.flows.limits.tell_thresholds import tell_thresholds
from abono.kernel.money import Money
from abono.platform import clock
from abono.platform.models import Due, Event
from tests.books import check_books
from tests.fakes import Died
from tests.scenarios.paying import bigger, card, interim, newest, pay, yes
from tests.scenarios.test_cycles import JULY_1
from tests.scenarios.test_limits import LATER, block, state_of
from tests.work import ask_gateways, gateway_tells
from tests.world import HOUR, accept, make_luna, moment, quote

BRL_150 = Money(150_00, "BRL")


@pytest.mark.rule("PAY-7", "CHG-7", "LIM-4", "OPS-1")
@pytest.mark.parametrize("behaviour", ["dies-before", "dies-after"])
@pytest.mark.parametrize("what", ["raise", "interim"])
def test_a_process_that_dies_while_it_charges_leaves_nothing_half_done(padaria, gateway, behaviour, what):
    block(padaria)
    invoice_id = interim(padaria)
    card(padaria, behaviour)
    with pytest.raises(Died):
        bigger(padaria) if what == "raise" else pay(padaria, invoice_id)
    assert newest().state == "created"

    attempt = newest()
    found = gateway.find(str(attempt.id))
    hear(attempt_id=attempt.id, reply=found or LOST, actor="system", moment=moment(LATER))

    paid = behaviour == "dies-after"
    assert newest().state == ("paid" if paid else "lost")
    assert (state_of(padaria).sending_state is not SendingState.BLOCKED) == paid
    assert sum(gateway.book.values()) == 1_349_00 + ({"raise": 150_00, "interim": 99_65}[what] if paid else 0)
    assert check_books() == []


@pytest.mark.rule("PAY-7", "CHG-7", "LIM-4")
@pytest.mark.rule("API-2", part="cut off by a crash")
@pytest.mark.parametrize("behaviour", ["dies-before", "dies-after"])
@pytest.mark.parametrize("what", ["raise", "interim"])
def test_who_asks_again_after_the_process_died_has_the_result_at_once(padaria, gateway, behaviour, what):
    block(padaria)
    invoice_id = interim(padaria)
    card(padaria, behaviour)
    asked = quote(padaria, package="brl-250", now=LATER)
    with pytest.raises(Died):
        accept(padaria, asked, now=LATER) if what == "raise" else pay(padaria, invoice_id)

    assert (accept(padaria, asked, now=LATER) if what == "raise" else pay(padaria, invoice_id)).paid

    assert state_of(padaria).sending_state is not SendingState.BLOCKED
    assert sum(gateway.book.values()) == 1_349_00 + {"raise": 150_00, "interim": 99_65}[what]
    assert Attempt.objects.filter(state="paid").count() == len(gateway.book) == 2
    assert check_books() == []


@pytest.mark.rule("PAY-7", "CHG-7")
def test_another_raise_after_the_process_died_waits_for_the_truth_and_sends_nothing_again(padaria, gateway):
    card(padaria, "dies-before")
    with pytest.raises(Died):
        bigger(padaria)
    card(padaria, "ok")

    with pytest.raises(PaymentUnderWay):  # the gateway has not seen that charge: it may be on its way yet
        bigger(padaria, "brl-500")
    assert sum(gateway.book.values()) == 1_349_00


@pytest.mark.rule("PAY-7")
def test_another_card_after_the_process_died_is_not_charged_besides_the_first(padaria, gateway):
    block(padaria)
    invoice_id = interim(padaria)
    card(padaria, "dies-after")
    with pytest.raises(Died):
        pay(padaria, invoice_id)
    card(padaria, "ok")

    assert pay(padaria, invoice_id).paid  # with the first card, as the gateway's book says
    assert sorted(gateway.book.values()) == [99_65, 1_349_00]


# Answers that come after it was given up


@pytest.mark.rule("PAY-7", part="news twice, late, in any order")
def test_money_that_comes_twice_for_one_invoice_is_seen_and_never_lost(padaria, gateway):
    card(padaria, "vanish")
    invoice_id = renew(contract_id=padaria.contract_id, now=JULY_1)
    pay(padaria, invoice_id, now=JULY_1)
    ask_gateways(real=clock.now() + HOUR)
    lost = newest()
    card(padaria, "ok")
    assert pay(padaria, invoice_id, now=JULY_1).paid

    for _twice in range(2):
        hear(attempt_id=lost.id, reply=yes(lost), actor="system", moment=moment(JULY_1))

    assert Event.objects.filter(name="payment.for_no_invoice", subject_id=invoice_id).count() == 1
    assert [finding.what for finding in check_books()] == ["an invoice was paid twice"]
    assert Invoice.objects.get(id=invoice_id).state == "paid"


@pytest.mark.rule("PAY-7", "CON-4")
def test_a_charge_given_up_too_early_is_asked_about_when_the_gateway_speaks_of_it(gateway):
    from tests.world import begin_signup, sign

    signed = sign(signup_id=begin_signup(), card="vanish")
    ask_gateways(real=clock.now() + HOUR)
    key = str(newest().id)
    gateway.book[key] = 1_349_00  # it was on its way all the time

    gateway_tells(key=key, real=clock.now() + 2 * HOUR)

    assert newest().state == "paid"
    assert Invoice.objects.get(contract_id=signed.contract_id).state == "paid"
    assert check_books() == []


@pytest.mark.rule("PAY-7")
def test_news_without_an_answer_do_not_put_off_our_own_questions(padaria):
    card(padaria, "lost")
    bigger(padaria)
    for _again in range(20):
        hear(attempt_id=newest().id, reply=ChargeReply(Outcome.WAITING), actor="system", moment=moment(LATER))
    assert Due.objects.get(kind="ask_gateway").due_at - clock.now() < timedelta(seconds=6)


@pytest.mark.rule("PAY-7", part="news twice, late, in any order")
def test_news_of_a_charge_that_was_declined_changes_nothing(padaria, gateway):
    card(padaria, "decline:balance")
    with pytest.raises(CardDeclined):
        bigger(padaria)
    gateway_tells(key=str(newest().id), real=clock.now() + HOUR)
    assert newest().state == "declined"


# Whose it is


@pytest.mark.rule("ACC-2")
def test_what_belongs_to_another_customer_does_not_exist_for_any_flow(padaria, gateway):
    luna = make_luna(package="usd-20")
    block(padaria)
    tell_thresholds()
    offered = Invoice.objects.get(reason="interim")
    theirs = {"contract_id": padaria.contract_id, "customer_id": luna.customer_id}
    with pytest.raises(NoSuchContract):
        make_quote(
            **theirs, plan_code="specialist", package_code="brl-250", actor="diego", moment=moment(LATER)
        )
    with pytest.raises(NoSuchContract):
        issue_interim(**theirs, actor="diego", now=LATER)
    with pytest.raises(NoSuchInvoice):
        pay(luna, offered.id)
    assert len(gateway.book) == 2
