"""What customers paid lies at a gateway until it arrives in an account of the seller: then its account is at zero (PAY-13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from abono.domain.journal import queries as journal
from abono.domain.journal.types import Account, Which
from abono.domain.payments import payouts
from abono.domain.payments.errors import (
    NothingPaidOut,
    PayoutAhead,
    PayoutKnown,
    PayoutTooMuch,
    PayoutWithdrawn,
)
from abono.domain.payments.models import Payout
from abono.domain.payments.payouts import NewPayout
from abono.domain.payments.receipts import Came
from abono.domain.payments.states import Way
from abono.flows.standing.record import record_payment, withdraw_payment
from abono.kernel.money import Money
from tests import sql
from tests.books import check_books
from tests.scenarios.taking_back import unpaid_renewal
from tests.scenarios.test_standing import LATER
from tests.world import DAY, JUNE_1

pytestmark = pytest.mark.rule("PAY-13", part="clearing accounts")
JUNE_3 = JUNE_1 + 2 * DAY


def brl(minor: int) -> Money:
    return Money(minor, "BRL")


PAID_OUT = NewPayout("simulator", "po_1", brl(1_300_00), brl(49_00), date(2026, 6, 3))


def balance(account: Account) -> int:
    return sum(one.amount_minor for one in journal.balances(Which(account=account)))


def record(new: NewPayout = PAID_OUT, **other: object):
    return payouts.record(replace(new, **other), actor="olga", now=JUNE_3)  # type: ignore[arg-type]


def test_an_account_of_a_gateway_returns_to_zero_once_all_of_it_arrived(padaria) -> None:
    assert [one for one in payouts.sources() if one[1]] == [("simulator", brl(1_349_00))]
    record(arrived=brl(1_000_00), fees=brl(0))
    assert [one for one in payouts.sources() if one[1]] == [("simulator", brl(349_00))]
    record(reference="po_2", arrived=brl(300_00))
    assert [one for one in payouts.sources() if one[1]] == []
    assert (balance(Account.BANK), balance(Account.FEES)) == (1_300_00, 49_00)
    assert check_books() == []


def test_the_same_payout_is_recorded_once_and_another_of_its_number_is_refused(padaria) -> None:
    assert record() == record()
    for other in ({"arrived": brl(1_200_00)}, {"fees": brl(0)}, {"paid_on": date(2026, 6, 2)}):
        with pytest.raises(PayoutKnown):
            record(**other)
    assert balance(Account.BANK) == 1_300_00
    assert Payout.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"arrived": brl(0), "fees": brl(0)}, NothingPaidOut),
        ({"fees": brl(-1)}, NothingPaidOut),
        ({"paid_on": date(2026, 6, 4)}, PayoutAhead),
        ({"fees": brl(49_01)}, PayoutTooMuch),
        ({"gateway": "another"}, PayoutTooMuch),
        ({"arrived": Money(1, "USD"), "fees": Money(0, "USD")}, PayoutTooMuch),
    ],
)
def test_what_cannot_have_arrived_is_refused_and_nothing_is_written(padaria, wrong, refusal) -> None:
    with pytest.raises(refusal):
        record(**wrong)
    assert not Payout.objects.exists()
    assert [one for one in payouts.sources() if one[1]] == [("simulator", brl(1_349_00))]


def test_one_that_was_recorded_wrongly_is_taken_back_once_and_recorded_right(padaria) -> None:
    wrong = record(arrived=brl(1_000_00))
    for _twice in range(2):
        payouts.withdraw(wrong.id, why="typed wrongly", actor="olga", now=JUNE_3)
    with pytest.raises(PayoutWithdrawn):
        payouts.withdraw(wrong.id, why="another reason", actor="olga", now=JUNE_3)
    assert (balance(Account.BANK), balance(Account.FEES), balance(Account.CLEARING)) == (0, 0, 1_349_00)
    record()
    assert [one for one in payouts.sources() if one[1]] == []
    assert check_books() == []


def test_a_payout_that_is_not_what_the_journal_says_is_found(padaria) -> None:
    record()
    sql.run("UPDATE payments_payout SET fees_minor = 48_00, arrived_minor = 1301_00")
    found = {one.what for one in check_books()}
    assert found == {
        "bank of the journal is not what gateways say",
        "fees of the journal is not what gateways say",
    }


def test_a_transfer_that_the_bank_took_back_leaves_the_account_whatever_else_arrives(padaria) -> None:
    """500.00 came, arrived and bounced; 300.00 came since. What was recorded by mistake leaves nothing to be sent."""
    owing = unpaid_renewal(padaria)
    came = [
        record_payment(
            invoice_id=owing.id,
            came=Came(Way.TRANSFER, minor, LATER.date(), f"E2E-{minor}"),
            actor="olga",
            now=LATER,
        )
        for minor in (500_00, 100_00)
    ]
    first = NewPayout("transfer", "E2E-50000", brl(600_00), brl(0), LATER.date())
    payouts.record(first, actor="olga", now=LATER)
    told = {"why": "bank", "actor": "olga", "now": LATER}
    withdraw_payment(receipt_id=came[0].id, bounced=True, **told)
    record_payment(
        invoice_id=owing.id, came=Came(Way.TRANSFER, 300_00, LATER.date(), "E2E-3"), actor="olga", now=LATER
    )
    assert dict(payouts.under_way().sends) == {"transfer": brl(500_00)}
    assert dict(payouts.under_way().arrives)["transfer"] == brl(300_00)
    gone = replace(first, reference="E2E-back", arrived=brl(-500_00))
    payouts.record(gone, actor="olga", now=LATER)
    assert payouts.under_way().sends == []
    assert dict(payouts.under_way().arrives)["transfer"] == brl(300_00)
    payouts.record(replace(first, reference="E2E-3", arrived=brl(300_00)), actor="olga", now=LATER)
    assert balance(Account.BANK) == 400_00  # 600 - 500 + 300
    assert check_books() == []
    withdraw_payment(receipt_id=came[1].id, **told)
    assert payouts.under_way().sends == []
    assert check_books() == []
