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
from abono.flows.check_books import check_books
from abono.kernel.money import Money
from tests import sql
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
