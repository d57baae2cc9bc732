"""How an issued invoice comes to stand otherwise than by a card: paid in part, given up, contested (INV-5)."""

from __future__ import annotations

import pytest

from abono.domain.approvals.errors import AlreadyDecided, OwnRequest, SecondPersonNeeded
from abono.domain.credit import queries as credit
from abono.domain.identity.roles import Role
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import (
    AboveThePayment,
    CreditNotNow,
    InvoiceNotPayable,
    NotDisputable,
    NotRecordable,
    NotWithdrawable,
    NotWritable,
    PartPaid,
)
from abono.domain.invoicing.states import Status
from abono.domain.journal import queries as journal
from abono.domain.journal.types import Which
from abono.domain.notices.models import Notice
from abono.domain.payments import receipts, refunds
from abono.domain.payments.errors import NoProof, NotReceivedYet, PaymentUnderWay, ReceiptWithdrawn
from abono.domain.payments.models import Attempt, Receipt
from abono.domain.payments.receipts import Came
from abono.domain.payments.states import State as Paying
from abono.domain.payments.states import Way
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import SECOND_PERSON_RECEIPT, above
from abono.flows.approvals.ask_receipt import ask_receipt
from abono.flows.approvals.decide import approve, refuse
from abono.flows.billing.outlook import outlook
from abono.flows.corrections.reissue import reissue_invoice
from abono.flows.endings.dispute import end_dispute
from abono.flows.history.as_of import as_of
from abono.flows.payment_links.make import make_payment_link
from abono.flows.standing.dispute import open_dispute
from abono.flows.standing.record import record_payment, withdraw_payment
from abono.flows.standing.write_off import reopen, write_off
from abono.kernel.ids import uuid7
from abono.kernel.money import Money
from abono.kernel.periods import local_date
from abono.platform import clock
from abono.platform.models import Event
from tests.books import check_books
from tests.scenarios.paying import card, pay
from tests.scenarios.paying import interim as interim_of
from tests.scenarios.taking_back import AUGUST_1, PLAN, good_card, newest, take_back, unpaid_renewal
from tests.scenarios.test_cycles import JULY_1
from tests.scenarios.test_limits import block
from tests.stories import credited
from tests.work import gateway_tells, renew_due
from tests.world import DAY, HOUR, make_colleague, make_olga, make_padaria, moment

LATER = JULY_1 + HOUR
OLGA = {"actor": "olga", "now": LATER}


@pytest.fixture
def padaria(gateway):
    return make_padaria()


@pytest.fixture
def owing(padaria):
    """The invoice of July, 700.00, which the card did not pay."""
    return unpaid_renewal(padaria)


def came(minor, *, day=None, way=Way.TRANSFER):
    return Came(way, minor, day or local_date(LATER, "America/Sao_Paulo"), "E2E-1", "seen at the bank")


def record(invoice, minor, **more):
    return record_payment(invoice_id=invoice.id, came=came(minor), **OLGA | more)


def again(invoice):
    return invoices.get(invoice.id)


def balances(invoice):
    """What the journal says of one invoice, in minor units, but for its revenue."""
    return {
        " ".join(filter(None, (one.account.value, one.detail))): one.amount_minor
        for one in journal.balances(Which(invoice_id=invoice.id))
        if one.amount_minor and one.account.value != "revenue"
    }


def stands(invoice):
    found = again(invoice)
    return found.status, found.owed_minor


@pytest.mark.rule("INV-5", part="part paid, refunded, written off, disputed")
@pytest.mark.rule("PAY-6", part="less")
def test_less_than_is_owed_leaves_the_rest_open_and_the_card_is_asked_for_that_alone(padaria, owing, gateway):
    receipt = record(owing, 300_00)
    assert stands(owing) == (Status.PART_PAID, 400_00)
    assert again(owing).status_on(JULY_1.date() + 40 * DAY) is Status.OVERDUE
    assert balances(owing) == {"clearing transfer": 300_00, "receivable": 400_00}
    told = Notice.objects.get(kind="payment_recorded")
    assert (told.facts["received_minor"], told.facts["owed_minor"]) == (300_00, 400_00)
    assert receipts.of_invoice(owing.id) == [receipt]
    assert check_books() == []

    good_card(padaria)
    assert pay(padaria, owing.id, now=LATER).paid
    assert Attempt.objects.latest("id").amount_minor == 400_00
    assert stands(owing) == (Status.PAID, 0)
    assert balances(owing) == {"clearing transfer": 300_00, "clearing simulator": 400_00}
    assert check_books() == []


@pytest.mark.rule("INV-5", part="part paid, refunded, written off, disputed")
def test_the_rest_by_transfer_settles_it_and_what_is_more_becomes_credit(padaria, owing):
    record(owing, 300_00)
    record(owing, 450_00)
    assert stands(owing) == (Status.PAID, 0)
    assert credit.balance(padaria.contract_id) == 50_00
    twice = record(owing, 700_00)  # what was paid already comes once more
    assert (twice.credit.minor, credit.balance(padaria.contract_id)) == (700_00, 750_00)
    assert balances(owing) == {"clearing transfer": 1_450_00, "credit": -750_00}
    assert check_books() == []
    renew_due(now=AUGUST_1)
    assert (newest(padaria).credit_used_minor, newest(padaria).status) == (700_00, Status.PAID)
    assert check_books() == []


@pytest.mark.rule("INV-5", part="part paid, refunded, written off, disputed")
def test_the_same_payment_is_recorded_once(owing):
    receipt_id = uuid7()
    first = record(owing, 300_00, receipt_id=receipt_id)
    assert record(owing, 300_00, receipt_id=receipt_id) == first
    assert (Receipt.objects.count(), stands(owing)) == (1, (Status.PART_PAID, 400_00))


@pytest.mark.rule("ACC-5", part="second person: default")
@pytest.mark.rule("PAY-6", part="twice")
def test_above_a_limit_somebody_else_agrees_and_what_was_paid_meanwhile_becomes_credit(padaria, owing):
    shipped = SECOND_PERSON_RECEIPT.shipped
    assert [above(shipped, Money(5_000_00 + one, "BRL")) for one in (0, 1)] == [False, True]
    olga, otto = make_olga(), make_colleague("Otto Brandão", Role.BILLING)
    asked = {"invoice_id": owing.id, "actor": f"person:{olga}", "now": LATER}
    set_value(setting=SECOND_PERSON_RECEIPT, value="BRL 500", actor="olga", why="x", now=JULY_1)
    record(owing, 300_00)
    with pytest.raises(SecondPersonNeeded):  # 300.00 + 200.01 in all
        record(owing, 200_01)
    with pytest.raises(NoProof):
        ask_receipt(came=Came(Way.CASH, 600_00, LATER.date()), **asked)
    with pytest.raises(NotReceivedYet):
        ask_receipt(came=came(600_00, day=AUGUST_1.date()), **asked)
    first, other = (ask_receipt(came=came(600_00), **asked) for _each in range(2))
    with pytest.raises(OwnRequest):
        approve(approval_id=first.id, person_id=olga, now=LATER)
    refuse(approval_id=other.id, person_id=otto, why="Not at our bank.", now=LATER)
    assert stands(owing) == (Status.PART_PAID, 400_00)

    record(owing, 100_00)
    good_card(padaria)
    pay(padaria, owing.id, now=LATER)
    done = approve(approval_id=first.id, person_id=otto, now=LATER)
    with pytest.raises(AlreadyDecided):
        approve(approval_id=first.id, person_id=otto, now=LATER)
    [last] = [one for one in receipts.of_invoice(owing.id) if one.amount.minor == 600_00]
    assert (done.led_to, last.credit.minor, last.recorded_by) == (last.public_id, 600_00, f"person:{olga}")
    assert (stands(owing), credit.balance(padaria.contract_id)) == ((Status.PAID, 0), 600_00)
    assert Event.objects.filter(name="payment.recorded").latest("id").data["approved_by"] == f"person:{otto}"
    assert check_books() == []

    late = ask_receipt(came=came(600_00), **asked)
    open_dispute(invoice_id=owing.id, why="not ours", amount_minor=None, **OLGA)
    failed = approve(approval_id=late.id, person_id=otto, now=LATER)
    assert (failed.failed_with, Receipt.objects.count()) == (NotRecordable.code, 3)


@pytest.mark.rule("INV-5", part="part paid, refunded, written off, disputed")
def test_interim_overage_paid_by_transfer_opens_sending(padaria):
    block(padaria)
    interim = invoices.get(interim_of(padaria))
    sent = came(interim.owed_minor, day=interim.issued_date)
    record_payment(invoice_id=interim.id, came=sent, actor="olga", now=interim.issued_at + HOUR)
    assert again(interim).status is Status.PAID
    [receipt] = receipts.of_invoice(interim.id)
    with pytest.raises(NotWithdrawable):  # sends went out on the strength of it
        withdraw_payment(receipt_id=receipt.id, why="bounced", actor="olga", now=interim.issued_at + HOUR)
    assert again(interim).status is Status.PAID
    assert check_books() == []


@pytest.mark.rule("INV-5", part="part paid, refunded, written off, disputed")
def test_a_payment_that_was_recorded_by_mistake_is_taken_back_once_and_stays_in_the_list(padaria, owing):
    first, second = record(owing, 300_00), record(owing, 450_00)
    withdraw_payment(receipt_id=second.id, why="another customer's", **OLGA)
    assert stands(owing) == (Status.PART_PAID, 400_00)
    assert credit.balance(padaria.contract_id) == 0
    with pytest.raises(ReceiptWithdrawn):
        withdraw_payment(receipt_id=second.id, why="once more", **OLGA)
    assert [one.withdrawn_why for one in receipts.of_invoice(owing.id)] == ["another customer's", ""]
    withdraw_payment(receipt_id=first.id, why="bounced", **OLGA)
    assert stands(owing) == (Status.PENDING, 700_00)
    assert balances(owing) == {"receivable": 700_00}
    assert outlook(again(owing)).at is None  # no card is charged for it by itself
    assert check_books() == []


@pytest.mark.rule("INV-5", part="part paid, refunded, written off, disputed")
def test_nothing_is_taken_back_on_whose_strength_something_else_was_paid(padaria, owing):
    part, much = record(owing, 300_00), record(owing, 1_100_00)
    renew_due(now=AUGUST_1)  # 700.00 of credit pay August
    for receipt in (much,):
        with pytest.raises(NotWithdrawable):
            withdraw_payment(receipt_id=receipt.id, why="bounced", **OLGA)
    assert (stands(owing), credit.balance(padaria.contract_id)) == ((Status.PAID, 0), 0)
    withdraw_payment(receipt_id=part.id, why="bounced", **OLGA)
    assert stands(owing) == (Status.PART_PAID, 300_00)
    good_card(padaria)
    pay(padaria, owing.id, now=LATER)
    assert check_books() == []


@pytest.mark.rule("INV-5", part="part paid, refunded, written off, disputed")
def test_what_cannot_be_recorded_says_so_and_changes_nothing(padaria, owing, gateway):
    with pytest.raises(NotReceivedYet):
        record_payment(
            invoice_id=owing.id, came=came(1_00, day=local_date(LATER + DAY, "America/Sao_Paulo")), **OLGA
        )
    record(owing, 100_00)
    with pytest.raises(PartPaid):
        reissue_invoice(invoice_id=owing.id, why="a new name", **OLGA)
    card(padaria, "vanish", now=LATER)
    pay(padaria, owing.id, now=LATER)
    for act in (record, lambda invoice, _minor: write_off(invoice_id=invoice.id, why="gone", **OLGA)):
        with pytest.raises(PaymentUnderWay):
            act(owing, 100_00)
    with pytest.raises(PaymentUnderWay):
        open_dispute(invoice_id=owing.id, why="no", **OLGA)
    assert stands(owing) == (Status.PART_PAID, 600_00)


@pytest.mark.rule("INV-5", part="part paid, refunded, written off, disputed")
def test_what_is_written_off_is_asked_of_nobody_until_it_is_reopened(padaria, owing):
    record(owing, 300_00)
    write_off(invoice_id=owing.id, why="insolvent", **OLGA)
    found = again(owing)
    assert (found.status, found.owed_minor, found.rest_minor) == (Status.WRITTEN_OFF, 0, 400_00)
    assert not found.overdue(JULY_1.date() + 90 * DAY)
    assert balances(owing) == {"clearing transfer": 300_00, "losses": 400_00}
    good_card(padaria)
    with pytest.raises(InvoiceNotPayable):
        pay(padaria, owing.id, now=LATER)
    with pytest.raises(InvoiceNotPayable):
        make_payment_link(invoice_id=owing.id, customer_id=None, email="", **OLGA)
    with pytest.raises(CreditNotNow):
        take_back(found, (PLAN, 1_00), now=LATER)
    with pytest.raises(NotWritable):
        write_off(invoice_id=owing.id, why="again", **OLGA)
    assert check_books() == []

    reopen(invoice_id=owing.id, why="it is solvent", **OLGA)
    assert stands(owing) == (Status.PART_PAID, 400_00)
    assert balances(owing) == {"clearing transfer": 300_00, "receivable": 400_00}
    assert Notice.objects.get(kind="invoice_reopened").facts["total_minor"] == 400_00
    write_off(invoice_id=owing.id, why="it was not", actor="olga", now=LATER + HOUR)
    assert balances(owing)["losses"] == 400_00
    assert check_books() == []


@pytest.mark.rule("INV-5", part="part paid, refunded, written off, disputed")
def test_what_comes_after_it_was_written_off_is_recovered(padaria, owing):
    write_off(invoice_id=owing.id, why="insolvent", **OLGA)
    record(owing, 300_00)
    assert (again(owing).status, balances(owing)) == (
        Status.WRITTEN_OFF,
        {"clearing transfer": 300_00, "losses": 400_00},
    )
    record(owing, 500_00)
    assert (again(owing).status, credit.balance(padaria.contract_id)) == (Status.PAID, 100_00)
    assert balances(owing) == {"clearing transfer": 800_00, "credit": -100_00}
    assert check_books() == []


@pytest.mark.rule("INV-5", part="part paid, refunded, written off, disputed")
def test_a_charge_that_was_given_up_and_paid_after_all_recovers_what_was_written_off(owing, gateway):
    declined = Attempt.objects.latest("id")
    write_off(invoice_id=owing.id, why="insolvent", **OLGA)
    gateway.book[str(declined.id)] = 700_00
    gateway_tells(key=str(declined.id), real=clock.now())
    assert stands(owing) == (Status.PAID, 0)
    assert balances(owing) == {"clearing simulator": 700_00}
    assert check_books() == []


@pytest.mark.rule("INV-5", part="part paid, refunded, written off, disputed")
@pytest.mark.rule("PAY-10", part="result booked")
def test_a_payment_that_is_disputed_is_not_given_back_and_counts_again_once_it_is_won(padaria, gateway):
    first = newest(padaria)
    credited(padaria, 100_00, now=LATER)
    opened = open_dispute(invoice_id=first.id, why="not me", **OLGA)
    assert (opened.amount.minor, stands(first)) == (1_349_00, (Status.DISPUTED, 0))
    assert balances(first)["disputed simulator"] == 1_349_00
    assert refunds.left(invoices.paid_of(padaria.contract_id)) == []
    for refused, act in (
        (NotRecordable, lambda: record(first, 1_00)),
        (CreditNotNow, lambda: take_back(first, (PLAN, 1_00), now=LATER)),
        (NotDisputable, lambda: open_dispute(invoice_id=first.id, why="not me", **OLGA)),
    ):
        with pytest.raises(refused):
            act()
    assert check_books() == []
    end_dispute(invoice_id=first.id, won=True, why="proof sent", actor="olga", moment=moment(LATER))
    assert again(first).paid_at == first.paid_at
    assert balances(first)["clearing simulator"] == 1_349_00
    assert check_books() == []


@pytest.mark.rule("INV-5", part="part paid, refunded, written off, disputed")
@pytest.mark.rule("PAY-10", part="result booked")
def test_what_is_lost_of_a_payment_is_owed_again_and_another_card_may_pay_it(padaria, gateway):
    first = newest(padaria)
    with pytest.raises(AboveThePayment):
        open_dispute(invoice_id=first.id, why="not me", amount_minor=1_349_01, **OLGA)
    open_dispute(invoice_id=first.id, why="not me", amount_minor=600_00, **OLGA)
    end_dispute(invoice_id=first.id, won=False, why="no proof", actor="olga", moment=moment(LATER))
    assert stands(first) == (Status.PART_PAID, 600_00)
    assert balances(first) == {"clearing simulator": 749_00, "receivable": 600_00}
    assert Attempt.objects.get().state == Paying.REVERSED.value
    assert Notice.objects.get(kind="dispute_lost").facts["owed_minor"] == 600_00
    assert check_books() == []
    assert pay(padaria, first.id, now=LATER).paid
    assert stands(first) == (Status.PAID, 0)
    assert check_books() == []


@pytest.mark.rule("INV-5", part="part paid, refunded, written off, disputed")
@pytest.mark.parametrize("won", [True, False])
def test_what_is_owed_and_disputed_is_not_asked_for_and_is_given_up_when_lost(padaria, owing, won):
    record(owing, 100_00)
    open_dispute(invoice_id=owing.id, why="half was agreed", **OLGA)
    assert (stands(owing), balances(owing)["receivable"]) == ((Status.DISPUTED, 0), 600_00)
    good_card(padaria)
    with pytest.raises(InvoiceNotPayable):
        pay(padaria, owing.id, now=LATER)
    take_back(invoices.list_for_customer(padaria.customer_id)[-1], (PLAN, 50_00), now=LATER)
    assert again(owing).credit_used_minor == 0
    assert check_books() == []
    end_dispute(invoice_id=owing.id, won=won, why="decided", actor="olga", moment=moment(LATER))
    assert stands(owing) == ((Status.PART_PAID, 550_00) if won else (Status.WRITTEN_OFF, 0))
    assert check_books() == []


@pytest.mark.rule("INV-5", part="part paid, refunded, written off, disputed")
def test_each_is_told_as_of_any_moment(padaria, owing):
    record(owing, 300_00)
    write_off(invoice_id=owing.id, why="insolvent", actor="olga", now=LATER + HOUR)
    reopen(invoice_id=owing.id, why="solvent", actor="olga", now=LATER + 2 * HOUR)
    record(owing, 400_00, now=LATER + 3 * HOUR)
    told = [
        next(
            (one.state.word, one.received_minor, one.owed_minor)
            for one in as_of(contract_id=padaria.contract_id, at=at, real=AUGUST_1).invoices
            if one.id == owing.id
        )
        for at in (JULY_1, LATER, LATER + HOUR, LATER + 2 * HOUR, LATER + 3 * HOUR)
    ]
    assert told == [
        ("pending", 0, 700_00),
        ("pending", 300_00, 400_00),
        ("written_off", 300_00, 0),
        ("pending", 300_00, 400_00),
        ("paid", 700_00, 0),
    ]
