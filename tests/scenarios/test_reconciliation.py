"""Each day of the clearing accounts reaches zero: what the journal says is what suppliers said, and what lies there has a reason
(PAY-6, PAY-7, PAY-12, PAY-13)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abono.domain.invoicing.types import LineCredit
from abono.domain.journal import reconciliation
from abono.domain.journal.errors import NoBookOfDay
from abono.domain.journal.models import Entry
from abono.domain.journal.reconciliation import IN_BALANCE, Move, Waits, unpaid
from abono.domain.journal.types import Fact
from abono.domain.payments import payouts, unmatched
from abono.domain.payments.files import bank_files
from abono.domain.payments.models import Receipt
from abono.domain.payments.payouts import NewPayout
from abono.domain.payments.ports.push import Arrival, Received
from abono.domain.payments.receipts import Came
from abono.domain.payments.states import Because, Way
from abono.flows.bank_files.take import take
from abono.flows.check_books import unreconciled
from abono.flows.collecting.look_at import given_back
from abono.flows.collecting.nobodys import ask_for_nobody
from abono.flows.corrections.credit_note import issue_credit_note
from abono.flows.refunds.give_back import give_back
from abono.flows.standing.record import record_payment
from abono.gateways.simulator.slip_bank import answers
from abono.kernel.due import Means
from abono.kernel.money import Money
from abono.platform import clock
from tests import sql
from tests.books import check_books
from tests.pushes import slips_by_files
from tests.scenarios.taking_back import unpaid_renewal
from tests.scenarios.test_bank_files import sent, taken
from tests.scenarios.test_contested import tells
from tests.scenarios.test_requests import LATER, asked, paid
from tests.scenarios.test_withheld import rate
from tests.work import ask_gateways
from tests.world import DAY, HOUR, JUNE_1, moment

PAID_OUT = NewPayout("simulator", "po_1", Money(1_300_00, "BRL"), Money(49_00, "BRL"), date(2026, 6, 3))
pytestmark = pytest.mark.rule("PAY-13", part="clearing accounts")


def brl(minor: int) -> Money:
    return Money(minor, "BRL")


def of(day: date):
    return reconciliation.of_day(day, now=clock.now())


def moves(found, name):
    [mine] = [one for one in found.accounts if one.name == name]
    return {one.move: one.booked.minor for one in mine.moved}, mine


def waits(day: date, name: str) -> set[Waits]:
    return {one.kind for one in moves(of(day), name)[1].waiting}


def proven(day: date):
    """The day, each of whose accounts is what it was and what moved, and what lies there is what its reasons say."""
    found = of(day)
    assert (found.differences, found.agrees) == ((), True)
    for one in found.accounts:
        on_it = [moved.booked.minor for moved in one.moved if moved.move is not Move.WITHHELD]
        assert one.opening.minor + sum(on_it) == one.closing.minor
        reasons = [waiting.amount.minor for waiting in one.waiting if waiting.kind in IN_BALANCE]
        assert sum(reasons) == one.closing.minor
    return found


def every_day_is_proven() -> None:
    days = sorted(set(Entry.objects.filter(sandbox=False).values_list("day", flat=True)))
    for day in days:
        proven(day)
    assert check_books() == []


def test_days_with_a_card_pix_withheld_taxes_refunds_and_stray_money_reach_zero(padaria, bank) -> None:
    first, card = moves(proven(date(2026, 6, 1)), "simulator")
    assert (first, card.closing.minor) == ({Move.CAME: 1_349_00}, 1_349_00)
    assert [(one.kind, one.since) for one in card.waiting] == [(Waits.UNPAID, date(2026, 6, 1))]
    payouts.record(PAID_OUT, actor="olga", now=JUNE_1 + 2 * DAY)
    third, card = moves(proven(date(2026, 6, 3)), "simulator")
    assert third == {Move.ARRIVED: -1_300_00, Move.FEES: -49_00}
    assert (card.opening.minor, card.closing.minor, card.waiting) == (1_349_00, 0, ())

    owing = unpaid_renewal(padaria)  # 700.00 in July
    pix = asked(padaria, owing.id)
    paid(bank, pix, 400_00)
    rate("CSRF", "4.65", country="BR", buyer="company")  # of 700.00: 32.55
    came = Came(Way.TRANSFER, 267_45, LATER.date(), "TED 1")
    record_payment(invoice_id=owing.id, came=came, actor="olga", now=LATER)
    july, _transfer = moves(proven(LATER.date()), "transfer")
    assert july == {Move.CAME: 267_45, Move.WITHHELD: 32_55}

    bank.strays["E1"] = Arrival(None, "another", Received("E1", brl(10_00), LATER.date()))
    ask_for_nobody("bank", "another", "E1", real=clock.now())
    today = reconciliation.today(now=clock.now())
    assert Waits.NOBODY in waits(today, "bank")
    [nobodys] = unmatched.open_money()
    given_back(money_id=nobodys.id, how="E2", actor="olga", real=clock.now())
    assert Waits.NOBODY not in waits(today, "bank")

    back = moment(LATER + HOUR)
    line = [LineCredit(1, 500_00)]
    issue_credit_note(invoice_id=owing.id, lines=line, why="A mistake.", actor="olga", now=back.now)
    give_back(
        invoice_id=owing.id,
        amount_minor=450_00,
        because=Because.MISTAKE,
        why="It was ours.",
        actor="olga",
        moment=back,
    )
    assert Waits.REFUND in {*waits(LATER.date(), "bank"), *waits(LATER.date(), "transfer")}
    ask_gateways(real=clock.now())
    every_day_is_proven()


def test_days_of_what_is_contested_and_of_what_a_bank_tells_by_files_reach_zero(
    padaria, bank, settings
) -> None:
    pix = asked(padaria, unpaid_renewal(padaria).id)
    paid(bank, pix, 750_00)  # 50.00 of it are credit
    tells(bank, pix, contested=750_00)
    today = reconciliation.today(now=clock.now())
    assert Waits.CONTESTED in waits(today, "bank")
    every_day_is_proven()
    tells(bank, pix)  # the bank decided for us
    [rest] = unmatched.open_money()
    given_back(money_id=rest.id, how="E1", actor="olga", real=clock.now())
    every_day_is_proven()


@pytest.fixture
def filed(padaria, bank, settings) -> bytes:
    """A slip of July was registered by a bank's file; what the next one says: it is paid."""
    slips_by_files(settings)
    asked(padaria, unpaid_renewal(padaria).id, Means.SLIP)
    registered, settled = answers(bank_files.content(sent().id), date(2026, 7, 2), 31)
    taken(registered)
    return settled


@pytest.mark.rule("PAY-7", part="news twice, late, in any order")
def test_a_line_of_a_return_is_awaited_until_it_is_applied_and_said_where_its_money_is_nowhere(filed) -> None:
    take(name="retorno.ret", content=filed, actor="olga", real=clock.now())
    today = reconciliation.today(now=clock.now())
    waiting = of(today)
    assert (waiting.applying, waiting.differences) == (1, ())
    ask_gateways(real=clock.now())
    taken(filed)  # once more
    [mine] = [one for one in proven(today).accounts if one.name == "banco"]
    assert mine.filed == brl(700_00)
    every_day_is_proven()

    sql.run("SET LOCAL session_replication_role = replica")
    sql.run("UPDATE payments_bankline SET amount_minor = 700_01 WHERE money <> ''")
    [wrong] = of(today).differences
    assert (wrong.fact, wrong.line > 0, wrong.booked, wrong.told) == (None, True, brl(700_00), brl(700_01))
    assert [one.what for one in check_books()] == ["money of a bank's file is not booked as its line says"]


@pytest.mark.parametrize(
    ("cook", "fact", "booked", "told"),
    [
        ("UPDATE payments_receipt SET amount_minor = 699_99", Fact.PAYMENT_RECORDED, 700_00, 699_99),
        ("UPDATE payments_receipt SET gateway = '', request_id = NULL", Fact.PAYMENT_RECORDED, 700_00, None),
        (
            "UPDATE payments_receipt SET withdrawn_at = recorded_at, withdrawn_why = 'x'",
            Fact.PAYMENT_WITHDRAWN,
            None,
            -700_00,
        ),
        (
            "DELETE FROM journal_posting WHERE detail = 'bank' OR entry_id IN (SELECT id FROM journal_entry WHERE fact = 'payment_recorded');"
            " DELETE FROM journal_entry WHERE fact = 'payment_recorded'",
            Fact.PAYMENT_RECORDED,
            None,
            700_00,
        ),
    ],
)
def test_a_row_that_somebody_cooked_is_a_difference_of_its_day(
    padaria, bank, cook, fact, booked, told
) -> None:
    paid(bank, asked(padaria, unpaid_renewal(padaria).id))
    receipt = Receipt.objects.get()
    day = Entry.objects.get(reference=receipt.id).day
    proven(day)
    sql.run("SET LOCAL session_replication_role = replica")  # past the guards of the tables
    for one in cook.split(";"):
        sql.run(one)
    found = of(day)
    if fact is not None:
        wrong = next(one for one in found.differences if one.fact is fact)
        assert (wrong.booked, wrong.told) == tuple(
            None if one is None else brl(one) for one in (booked, told)
        )
        assert len(unreconciled(found)) == len(found.differences) > 0
        assert not found.agrees
    assert any("clearing of the journal" in one.what for one in check_books())


def test_a_day_that_has_not_come_has_no_book(padaria) -> None:
    today = reconciliation.today(now=clock.now())
    for day in (today + timedelta(days=1), date.max, date.min):
        with pytest.raises(NoBookOfDay):
            of(day)


@given(
    balance=st.integers(-(10**6), 10**6),
    days=st.lists(st.tuples(st.integers(0, 10**5), st.integers(-(10**5), 0)), max_size=9),
)
def test_the_days_of_a_balance_add_up_to_it_oldest_first(balance: int, days: list[tuple[int, int]]) -> None:
    newest = [(date(2026, 7, 30) - n * timedelta(days=1), *one) for n, one in enumerate(days)]
    found = unpaid(balance, newest)
    assert sum(minor for _day, minor in found) == balance
    assert all(minor * balance > 0 for _day, minor in found)
    known = [day for day, _minor in found if day is not None]
    assert known == sorted(known)
    assert [day for day, _minor in found][len(found) - len(known) :] == known
