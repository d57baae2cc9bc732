"""Money goes back to whoever paid, in full or in part, with a reason, and above a limit by two people's word (PAY-9)."""

from __future__ import annotations

import pytest

from abono.domain.approvals import queries as approvals
from abono.domain.approvals.errors import AskedOtherwise, OwnRequest, SecondPersonNeeded
from abono.domain.approvals.states import State as Asked
from abono.domain.credit import queries as credit
from abono.domain.identity.roles import Role
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.types import LineCredit
from abono.domain.journal import queries as journal
from abono.domain.journal.types import Account, Which
from abono.domain.notices.models import Notice
from abono.domain.notices.wording import Reader, word
from abono.domain.payments import disputes, receipts, refunds, unmatched
from abono.domain.payments.errors import (
    AboveWhatGoesBack,
    NothingGoesBack,
    RefundNotFailed,
    TakenByItsBank,
)
from abono.domain.payments.receipts import Came
from abono.domain.payments.states import Because, RefundState, Way
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import REGRET_WITHIN, SECOND_PERSON_REFUND, above
from abono.flows.approvals.ask import ask_credit_note, ask_refund
from abono.flows.approvals.decide import approve, refuse
from abono.flows.corrections.credit_note import issue_credit_note
from abono.flows.endings.regret import preview_regret
from abono.flows.refunds.failed import ask_again, keep_as_credit, pay_out
from abono.flows.refunds.give_back import Back, give_back, preview_refund, room_of
from abono.flows.requests.ask import look
from abono.flows.standing.record import record_payment, withdrawable
from abono.kernel.due import Means
from abono.kernel.money import Money
from abono.platform import clock
from abono.platform.models import Event
from tests.books import check_books
from tests.scenarios.taking_back import good_card, unpaid_renewal
from tests.scenarios.test_payouts import brl
from tests.scenarios.test_regret import ask_gateways, give_up, refunds_of
from tests.scenarios.test_requests import LATER, asked, paid
from tests.world import DAY, HOUR, JUNE_1, make_colleague, make_olga, moment

NOW = moment(LATER + HOUR)
SAID = {"because": Because.SERVICE, "why": "Nothing was sent for a week.", "actor": "olga"}


@pytest.fixture
def pix(padaria, bank):
    """The invoice of July, 700.00, paid by a Pix of 750.00: 50.00 of it are credit."""
    request = asked(padaria, unpaid_renewal(padaria).id)
    paid(bank, request, 750_00)
    return request


def set_limit(value: str) -> None:
    set_value(setting=SECOND_PERSON_REFUND, value=value, actor="olga", why="a test", now=JUNE_1)


def back(invoice_id, minor=None, **more):
    return give_back(invoice_id=invoice_id, amount_minor=minor, moment=NOW, **SAID | more)


def take_back(invoice_id, minor, *, goes=None, **more):
    return issue_credit_note(
        invoice_id=invoice_id,
        lines=[LineCredit(1, minor)],
        why=SAID["why"],
        back=None if goes is None else Back(goes, NOW.real),
        actor="olga",
        now=NOW.now,
        **more,
    )


def of(invoice_id):
    return [(one.amount.minor, one.state) for one in refunds.of_invoices([invoice_id])]


def went(bank):
    return sorted(minor for _received, minor in bank.returns.values())


@pytest.mark.rule("PAY-9", part="full and part")
@pytest.mark.rule("PAY-9", part="to the method or credit")
@pytest.mark.rule("PAY-9", part="reason")
def test_what_was_paid_by_pix_goes_back_by_pix_in_part_and_in_full_and_both_read_why(padaria, bank, pix):
    with pytest.raises(AboveWhatGoesBack):
        back(pix.invoice_id, 50_01)
    [one] = back(pix.invoice_id, 30_00)
    assert (one.state, one.came, one.to) == (RefundState.ASKED, Way.PIX, "Pix")
    ask_gateways()
    assert of(pix.invoice_id) == [(30_00, RefundState.DONE)]
    look(request_id=pix.id, real=clock.now())  # the bank tells of our own return: nobody contests anything
    assert disputes.of_invoice(pix.invoice_id) == []
    assert invoices.get(pix.invoice_id).refunded_minor == 0  # it was more than the invoice asked for

    take_back(pix.invoice_id, 600_00)  # becomes credit
    assert credit.balance(padaria.contract_id) == 620_00
    back(pix.invoice_id)
    ask_gateways()
    assert went(bank) == [30_00, 620_00]
    assert invoices.get(pix.invoice_id).refunded_minor == 600_00
    with pytest.raises(NothingGoesBack):
        back(pix.invoice_id)
    [*_newer, first_invoice] = invoices.list_for_customer(padaria.customer_id)
    take_back(
        first_invoice.id, 200_00
    )  # credit of what a card paid: no more of it goes back by Pix than came
    with pytest.raises(AboveWhatGoesBack):
        back(pix.invoice_id, 100_01)
    assert room_of(invoices.get(pix.invoice_id)).most == brl(100_00)
    [receipt] = receipts.of_invoice(pix.invoice_id)
    assert not withdrawable(invoices.get(pix.invoice_id), receipt)
    first = Notice.objects.filter(kind="refund_asked").earliest("id")
    said = word("refund_asked", first.facts, Reader("Padaria Sol", "America/Sao_Paulo", "en"))
    assert said.title == "R$30.00 goes back to you"
    assert ("Reason", SAID["why"]) in said.rows
    assert ("Goes back to", "Pix") in said.rows
    event = Event.objects.filter(name="refund.asked").earliest("id")
    assert event.data["because"] == "service"
    assert check_books() == []


@pytest.mark.rule("PAY-9", part="full and part")
@pytest.mark.rule("PAY-9", part="to the method or credit")
def test_a_credit_note_gives_back_at_once_what_was_paid_or_makes_it_credit(padaria, bank, pix):
    take_back(pix.invoice_id, 100_00, goes=Because.MISTAKE)
    take_back(pix.invoice_id, 200_00)
    assert credit.balance(padaria.contract_id) == 250_00  # 50.00 + 200.00
    ask_gateways()
    assert went(bank) == [100_00]
    [one] = refunds.of_invoices([pix.invoice_id])
    assert (one.because, one.asked_why) == (Because.MISTAKE, SAID["why"])
    assert check_books() == []


@pytest.mark.rule("PAY-9", part="to the method or credit")
def test_what_came_by_slip_has_no_way_back_is_paid_by_hand_or_becomes_credit_again(padaria, bank):
    owing = unpaid_renewal(padaria)
    good_card(padaria)
    slip = asked(padaria, owing.id, Means.SLIP, now=LATER + 40 * DAY)
    paid(bank, slip, now=LATER + 40 * DAY)
    take_back(owing.id, 300_00, goes=Because.SERVICE)
    assert of(owing.id) == [(300_00, RefundState.OWED)]
    ask_gateways()
    assert bank.returns == {}
    told = Notice.objects.get(kind="refund_asked")
    assert "we pay it by transfer" in " ".join(
        word("refund_asked", told.facts, Reader("x", "America/Sao_Paulo", "en")).body
    )
    [one] = refunds.unpaid(padaria.customer_id)
    assert check_books() == []
    with pytest.raises(RefundNotFailed):
        ask_again(refund_id=one.id, actor="olga", moment=NOW)
    pay_out(refund_id=one.id, way=Way.TRANSFER, reference="E2E-1", why="by bank", actor="olga", now=NOW.now)
    assert invoices.get(owing.id).refunded_minor == 300_00
    balances = {
        (one.account, one.detail): one.amount_minor for one in journal.balances(Which(invoice_id=owing.id))
    }
    assert balances[Account.CLEARING, "transfer"] == -300_00
    assert balances.get((Account.REFUNDS, "bank"), 0) == 0

    take_back(owing.id, 100_00, goes=Because.SERVICE)
    [two] = refunds.unpaid(padaria.customer_id)
    keep_as_credit(refund_id=two.id, why="they asked for it", actor="olga", now=NOW.now)
    assert credit.balance(padaria.contract_id) == 100_00
    assert room_of(invoices.get(owing.id)).most == brl(100_00)
    assert check_books() == []


@pytest.mark.rule("PAY-9", part="full and part")
def test_a_card_gets_back_a_part_and_what_came_twice_goes_back_the_way_it_came(padaria, gateway):
    [first] = invoices.list_for_customer(padaria.customer_id)
    came = Came(Way.TRANSFER, 80_00, JUNE_1.date())
    record_payment(invoice_id=first.id, came=came, actor="olga", now=NOW.now)
    take_back(first.id, 20_00)
    seen = preview_refund(invoice_id=first.id, amount_minor=100_00)
    assert [(one.card, one.amount.minor) for one in seen.parts] == [("Visa •••• 4243", 100_00)]
    back(first.id, 100_00, to=seen.to)
    ask_gateways()
    assert [one.amount.minor for one in gateway.refunds.values()] == [100_00]
    assert check_books() == []


@pytest.mark.rule("PAY-7", part="never repeated blindly")
@pytest.mark.rule("PAY-7", part="asked until known")
def test_a_return_whose_answer_is_lost_is_asked_about_and_never_made_twice(padaria, bank, pix):
    bank.gives = "lost"
    back(pix.invoice_id)
    ask_gateways()
    look(request_id=pix.id, real=clock.now())  # the bank tells of it before we know
    assert of(pix.invoice_id) == [(50_00, RefundState.ASKED)]
    assert disputes.of_invoice(pix.invoice_id) == []
    bank.gives = "waiting"
    ask_gateways(after=HOUR)
    assert of(pix.invoice_id) == [(50_00, RefundState.ASKED)]
    bank.gives = "done"
    ask_gateways(after=DAY)
    assert of(pix.invoice_id) == [(50_00, RefundState.DONE)]
    assert went(bank) == [50_00]
    assert check_books() == []


@pytest.mark.rule("PAY-10", part="disputed")
def test_what_the_bank_took_while_ours_was_under_way_is_heard_once_ours_is_known(padaria, bank, pix):
    bank.gives = "unheard"
    take_back(pix.invoice_id, 100_00)
    back(pix.invoice_id, 150_00)
    ask_gateways()
    bank.look_back(pix.id.hex, back=120_00)
    look(request_id=pix.id, real=clock.now())
    assert disputes.of_invoice(pix.invoice_id) == []  # it may be ours
    bank.gives = "refused"
    ask_gateways(after=DAY)
    ask_gateways(after=DAY)
    assert of(pix.invoice_id) == [(150_00, RefundState.FAILED)]
    [found] = disputes.of_invoice(pix.invoice_id)
    assert found.amount.minor == 120_00
    assert check_books() == []


@pytest.mark.rule("CON-10", part="full refund in one press")
def test_who_regrets_gets_what_came_by_pix_back_by_pix(padaria, bank):
    gets = asked(padaria, unpaid_renewal(padaria).id)
    paid(bank, gets)
    set_value(setting=REGRET_WITHIN, value=90 * DAY, actor="olga", why="x", now=JUNE_1)
    give_up(padaria, LATER + HOUR)
    ask_gateways()
    assert went(bank) == [700_00]
    assert {one.state for one in refunds_of(padaria)} == {RefundState.DONE}
    assert {one.because for one in refunds_of(padaria)} == {Because.REGRET}
    assert check_books() == []


@pytest.mark.rule("CON-10", part="full refund in one press")
def test_who_regrets_sees_beforehand_that_a_part_that_came_by_pix_goes_back_too(padaria, bank):
    paid(bank, asked(padaria, unpaid_renewal(padaria).id), 300_00)
    set_value(setting=REGRET_WITHIN, value=90 * DAY, actor="olga", why="x", now=JUNE_1)
    seen = preview_regret(contract_id=padaria.contract_id, now=LATER + HOUR)
    assert give_up(padaria, LATER + HOUR) == seen
    ask_gateways()
    assert went(bank) == [300_00]
    assert check_books() == []


@pytest.mark.rule("PAY-9", part="second person: default")
def test_as_shipped_above_a_thousand_reais_or_two_hundred_dollars():
    shipped = SECOND_PERSON_REFUND.shipped
    assert [above(shipped, Money(1_000_00 + one, "BRL")) for one in (0, 1)] == [False, True]
    assert [above(shipped, Money(200_00 + one, "USD")) for one in (0, 1)] == [False, True]


@pytest.mark.rule("PAY-9", part="second person: other")
@pytest.mark.rule("ACC-5", part="second person: other")
def test_above_the_limit_somebody_else_agrees_to_exactly_that_and_many_small_ones_are_a_large_one(
    padaria, bank, pix
):
    set_limit("BRL 40")
    olga, otto = make_olga(), make_colleague("Otto Brandão", Role.BILLING)
    back(pix.invoice_id, 30_00)
    with pytest.raises(SecondPersonNeeded):
        back(pix.invoice_id, 20_00)
    told = {"because": Because.TWICE, "why": "They paid twice.", "actor": f"person:{olga}", "now": LATER}
    request = ask_refund(invoice_id=pix.invoice_id, amount_minor=20_00, **told)
    assert request.facts["to"] == [{"card": "", "came": "pix", "amount_minor": 20_00}]
    with pytest.raises(OwnRequest):
        approve(approval_id=request.id, person_id=olga, now=LATER)
    done = approve(approval_id=request.id, person_id=otto, now=LATER)
    assert done.state is Asked.DONE
    assert done.led_to == refunds.of_invoices([pix.invoice_id])[0].public_id
    by_both = Event.objects.filter(name="refund.asked").latest("id")
    assert (by_both.actor, by_both.data["because"]) == (f"person:{olga}", "twice")

    refused = ask_credit_note(
        invoice_id=pix.invoice_id, lines=[LineCredit(1, 10_00)], back=Because.MISTAKE, **told_of(told)
    )
    refuse(approval_id=refused.id, person_id=otto, why="no", now=LATER)
    with pytest.raises(SecondPersonNeeded):
        take_back(pix.invoice_id, 10_00, goes=Because.MISTAKE)
    take_back(pix.invoice_id, 10_00)  # as credit one person may
    late = ask_refund(invoice_id=pix.invoice_id, amount_minor=10_00, **told)
    set_limit("never")
    back(pix.invoice_id, 5_00)
    failed = approve(approval_id=late.id, person_id=otto, now=LATER)
    assert (failed.state, failed.failed_with) == (Asked.FAILED, AboveWhatGoesBack.code)
    assert approvals.get(late.id).answer == ""
    ask_gateways()
    assert went(bank) == [5_00, 20_00, 30_00]
    assert check_books() == []


def told_of(told):
    return {name: value for name, value in told.items() if name != "because"}


def test_what_was_seen_is_what_is_done(pix):
    seen = preview_refund(invoice_id=pix.invoice_id, amount_minor=20_00)
    with pytest.raises(AskedOtherwise):
        back(pix.invoice_id, 21_00, to=seen.to)
    assert refunds.of_invoices([pix.invoice_id]) == []


@pytest.mark.rule("PAY-9", part="to the method or credit")
def test_what_its_bank_took_meanwhile_is_not_given_back_a_second_time(padaria, bank):
    owing = unpaid_renewal(padaria)
    slip = asked(padaria, owing.id, Means.SLIP, now=LATER + 40 * DAY)
    paid(bank, slip, now=LATER + 40 * DAY)
    take_back(owing.id, 300_00, goes=Because.SERVICE)
    [one] = refunds.unpaid(padaria.customer_id)
    bank.look_back(slip.id.hex, back=700_00)
    look(request_id=slip.id, real=clock.now())

    by = {"actor": "olga", "now": NOW.now}
    with pytest.raises(TakenByItsBank):
        pay_out(refund_id=one.id, way=Way.TRANSFER, reference="E2E-1", why="by bank", **by)
    with pytest.raises(TakenByItsBank):
        keep_as_credit(refund_id=one.id, why="they asked for it", **by)
    for money in unmatched.open_money():
        unmatched.close(money_id=money.id, how="it was an error of the bank", actor="olga", real=clock.now())
    pay_out(refund_id=one.id, way=Way.TRANSFER, reference="E2E-1", why="by bank", **by)
