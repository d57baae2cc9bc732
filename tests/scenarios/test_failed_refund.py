"""What becomes of a refund that could not go back to its card (PAY-9)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from abono.domain.credit import queries as credit
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import Status
from abono.domain.journal import queries as journal
from abono.domain.journal.types import Account, Which
from abono.domain.notices.models import Notice
from abono.domain.payments import payouts, refunds
from abono.domain.payments.errors import NothingPaidOut, RefundNotFailed, SentTooMuch
from abono.domain.payments.payouts import NewPayout
from abono.domain.payments.ports.port import RefundOutcome
from abono.domain.payments.states import RefundState, Way
from abono.flows.refunds.failed import ask_again, keep_as_credit, pay_out
from tests.books import check_books
from tests.scenarios.test_payouts import brl
from tests.scenarios.test_regret import ask_gateways, give_up, refunds_of
from tests.scenarios.test_regret_standing import owing
from tests.world import DAY, JUNE_1, make_padaria, moment

LATER = JUNE_1 + 2 * DAY
WHOLE = 1_349_00


@pytest.fixture
def padaria(gateway):
    return make_padaria()


@pytest.fixture
def refund(padaria, gateway):
    """All of the first invoice, which could not go back to the card."""
    gateway.refund_says = RefundOutcome.REFUSED
    give_up(padaria)
    ask_gateways()
    [one] = refunds_of(padaria)
    assert one.state is RefundState.FAILED
    return one


def balances(refund):
    return {
        f"{one.account.value} {one.detail}".strip(): one.amount_minor
        for one in journal.balances(Which(invoice_id=refund.invoice_id))
        if one.amount_minor
    }


def each(refund):
    """Every act, as somebody does it."""
    said = {"refund_id": refund.id, "why": "the card is closed", "actor": "olga", "now": LATER}
    return (
        lambda: ask_again(refund_id=refund.id, actor="olga", moment=moment(LATER)),
        lambda: pay_out(way=Way.TRANSFER, reference="E2E-9", **said),
        lambda: keep_as_credit(**said),
    )


@pytest.mark.rule("INV-5", part="part paid, refunded, written off, disputed")
@pytest.mark.rule("PAY-9", part="full and part")
def test_an_invoice_is_refunded_once_all_of_it_went_back(padaria, gateway):
    give_up(padaria)
    [one] = refunds_of(padaria)
    assert invoices.get(one.invoice_id).status is Status.CREDITED
    ask_gateways()
    assert invoices.get(one.invoice_id).status is Status.REFUNDED


def test_it_is_asked_for_once_more_under_a_key_of_its_own(padaria, gateway, refund):
    gateway.refund_says = RefundOutcome.DONE
    anew = each(refund)[0]()
    assert (anew.amount, anew.state) == (refund.amount, RefundState.ASKED)
    assert balances(refund)["refunds simulator"] == -WHOLE
    assert check_books() == []
    ask_gateways()
    assert [one.state for one in refunds_of(padaria)] == [RefundState.DONE, RefundState.AGAIN]
    assert balances(refund) == {}
    assert invoices.get(refund.invoice_id).status is Status.REFUNDED
    assert check_books() == []


def test_it_is_paid_otherwise_with_a_reference_that_the_customer_reads(refund):
    done = each(refund)[1]()
    assert (done.state, done.way, done.reference) == (RefundState.PAID_OUT, Way.TRANSFER, "E2E-9")
    assert balances(refund) == {"clearing simulator": WHOLE, "clearing transfer": -WHOLE}
    assert invoices.get(refund.invoice_id).status is Status.REFUNDED
    assert Notice.objects.get(kind="refund_paid_out").facts["reference"] == "E2E-9"
    assert check_books() == []


def test_it_becomes_credit_again(padaria, refund):
    each(refund)[2]()
    assert credit.balance(padaria.contract_id) == WHOLE
    assert balances(refund) == {"clearing simulator": WHOLE, "credit": -WHOLE}
    assert refunds.left(invoices.paid_of(padaria.contract_id)) == []  # not to the same card once more
    assert check_books() == []


@pytest.mark.parametrize("first", range(3))
def test_what_was_decided_is_decided_once(refund, first):
    each(refund)[first]()
    before = balances(refund)
    for act in each(refund):
        with pytest.raises(RefundNotFailed):
            act()
    assert balances(refund) == before


@pytest.mark.rule("PAY-13", part="clearing accounts")
def test_what_left_the_bank_for_it_returns_its_way_to_zero_whatever_came_by_transfer(padaria, gateway):
    """200.00 came by transfer, 1,349.00 are paid back by one: a bank's statement tells both."""
    owing(padaria)
    gateway.refund_says = RefundOutcome.REFUSED
    give_up(padaria)
    ask_gateways()
    for one in refunds_of(padaria):
        pay_out(refund_id=one.id, way=Way.TRANSFER, reference="x", why="closed", actor="olga", now=LATER)
    assert dict(payouts.under_way().arrives)["transfer"] == brl(200_00)
    assert payouts.under_way().sends == [("transfer", brl(WHOLE))]
    sent = NewPayout("transfer", "E2E-9", brl(-WHOLE - 1_50), brl(1_50), LATER.date())  # 1.50 for sending it
    for wrong, refusal in (
        (replace(sent, arrived=brl(-WHOLE - 1_51)), SentTooMuch),
        (replace(sent, gateway="simulator"), SentTooMuch),
        (replace(sent, arrived=brl(-1), fees=brl(2)), NothingPaidOut),
    ):
        with pytest.raises(refusal):
            payouts.record(wrong, actor="olga", now=LATER)
    done = payouts.record(sent, actor="olga", now=LATER)
    assert payouts.record(sent, actor="olga", now=LATER) == done
    payouts.record(replace(sent, reference="in", arrived=brl(200_00), fees=brl(0)), actor="olga", now=LATER)
    assert (payouts.under_way().sends, dict(payouts.under_way().arrives)["transfer"]) == ([], brl(0))
    accounts = {
        one.account: one.amount_minor for one in journal.balances(Which()) if one.detail != "simulator"
    }
    assert (accounts[Account.BANK], accounts[Account.CLEARING]) == (200_00 - WHOLE - 1_50, 0)
    assert check_books() == []
    payouts.withdraw(done.id, why="of another day", actor="olga", now=LATER)
    assert payouts.under_way().sends == [("transfer", brl(WHOLE))]
