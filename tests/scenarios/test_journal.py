"""The journal of money: every movement is a double entry, once, and the books are proven from it (PAY-13)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from abono.domain.invoicing.models import Invoice
from abono.domain.journal import actions as journal
from abono.domain.journal import queries, rules
from abono.domain.journal.models import Entry, Posting
from abono.domain.journal.types import Account, EntryDetail, Fact, NewEntry, Which
from abono.domain.payments import unmatched
from abono.domain.payments.errors import CardDeclined
from abono.domain.payments.models import Attempt
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import SELLER_TIME_ZONE
from abono.flows.billing.renew import renew
from abono.flows.collecting.look_at import given_back, look_again
from abono.flows.corrections.reissue import reissue_invoice
from abono.flows.endings.dispute import end_dispute
from abono.kernel.ids import public, uuid7
from abono.kernel.money import Money
from abono.platform import clock
from tests import sql
from tests.books import check_books
from tests.scenarios.paying import card
from tests.scenarios.taking_back import ACTIVATION, PLAN, newest, take_back, unpaid_renewal
from tests.scenarios.test_cycles import JULY_1
from tests.scenarios.test_limits import LATER
from tests.work import gateway_tells, renew_due
from tests.world import DAY, JUNE_1, begin_signup, bigger, make_luna, make_padaria, moment, sign

ALL = Which()


def balances(which: Which = ALL) -> dict[str, int]:
    """By account, with its detail where it has one; in reais, where nothing else is said."""
    return {
        " ".join(
            filter(None, (one.account.value, one.detail, one.currency.replace("BRL", "")))
        ): one.amount_minor
        for one in queries.balances(which)
        if one.amount_minor
    }


def facts(tenant) -> list[str]:
    """The oldest first."""
    found = queries.entries(Which(customer_id=tenant.customer_id))
    return [one.fact.value for one in reversed(found)]


def gateway_says_of(attempt, gateway, *, minor=None, currency="BRL", disputed=False) -> None:
    key = str(attempt.id)
    if disputed:
        gateway.disputed.add(key)
    else:
        gateway.taken[key] = Money(minor, currency)
    gateway_tells(key=key, real=clock.now())


@pytest.mark.rule("PAY-13", part="double entry")
def test_contracting_posts_the_charge_and_the_invoice_on_the_sellers_day(padaria):
    paid, issued = reversed(queries.entries(ALL))
    assert (paid.fact, issued.fact) == (Fact.PAYMENT_RECEIVED, Fact.INVOICE_ISSUED)
    invoice = Invoice.objects.get()
    assert paid.reference == public("att", Attempt.objects.get().id)
    assert issued.reference == public("inv", invoice.id)
    for one in (paid, issued):
        assert (one.customer_id, one.contract_id) == (padaria.customer_id, padaria.contract_id)
        assert (one.invoice_id, one.made_at, one.day) == (invoice.id, JUNE_1, date(2026, 6, 1))
    assert balances() == {  # 600.00 plan, 100.00 package, 649.00 activation
        "clearing simulator": 1_349_00,
        "revenue plan": -600_00,
        "revenue package": -100_00,
        "revenue activation": -649_00,
    }


@pytest.mark.rule("PAY-13", part="double entry")
def test_what_is_taken_back_of_a_paid_invoice_becomes_credit_and_pays_of_the_next_one(padaria):
    take_back(newest(padaria), (PLAN, 500_00), (ACTIVATION, 400_00))
    assert balances()["credit"] == -900_00
    renew_due(now=JULY_1)  # 700.00, paid with credit
    assert facts(padaria) == [
        "payment_received",
        "invoice_issued",
        "credit_granted",
        "credit_note_issued",
        "credit_used",
        "invoice_issued",
    ]
    assert balances() == {
        "clearing simulator": 1_349_00,
        "credit": -200_00,
        "revenue plan": -700_00,
        "revenue package": -200_00,
        "revenue activation": -249_00,
    }
    assert check_books() == []


@pytest.mark.rule("PAY-13", part="double entry")
def test_an_invoice_made_out_anew_takes_the_first_ones_entry_back(padaria):
    before = unpaid_renewal(padaria)
    assert balances()["receivable"] == 700_00
    anew = reissue_invoice(invoice_id=before.id, why="a test", actor="olga", now=LATER)
    assert balances(Which(invoice_id=before.id)) == {}
    assert balances(Which(invoice_id=anew.id))["receivable"] == 700_00
    assert facts(padaria)[-3:] == ["invoice_issued", "invoice_cancelled", "invoice_issued"]
    assert check_books() == []


@pytest.mark.rule("PAY-13", part="double entry")
def test_a_draft_that_is_not_paid_posts_nothing_but_the_credit_that_comes_back(padaria):
    take_back(newest(padaria), (PLAN, 50_00))
    card(padaria, "decline:balance")
    with pytest.raises(CardDeclined):
        bigger(padaria, now=LATER)  # 150.00, of which credit pays what it has
    assert facts(padaria)[2:] == ["credit_granted", "credit_note_issued", "credit_used", "credit_returned"]
    assert balances()["credit"] == -50_00
    assert "receivable" not in balances()
    assert check_books() == []


@pytest.mark.rule("PAY-13", part="double entry")
def test_money_that_matches_nothing_is_owed_to_its_gateway_until_it_went_back(gateway, padaria):
    attempt = Attempt.objects.get()
    gateway_says_of(attempt, gateway, minor=1_400_00)  # of a charge that paid 1,349.00
    assert (balances()["clearing simulator"], balances()["unmatched simulator"]) == (1_400_00, -51_00)
    [money] = unmatched.open_money()
    given_back(money_id=money.id, how="51.00 refunded at the gateway", actor="olga", real=clock.now())
    assert balances()["clearing simulator"] == 1_349_00
    assert "unmatched simulator" not in balances()
    assert check_books() == []


@pytest.mark.rule("PAY-13", part="double entry")
def test_another_currency_stands_in_that_currency_until_the_gateway_mends_it(gateway, padaria):
    card(padaria, "other::USD")
    bigger(padaria, now=LATER)
    assert balances()["clearing simulator USD"] == -balances()["unmatched simulator USD"] == 150_00
    attempt = Attempt.objects.latest("id")
    gateway.taken[str(attempt.id)] = Money(150_00, "BRL")
    [money] = unmatched.open_money()
    look_again(money_id=money.id, real=clock.now())
    assert not any("USD" in account or "unmatched" in account for account in balances())
    assert balances()["clearing simulator"] == 1_499_00
    assert check_books() == []


@pytest.mark.rule("PAY-13", part="double entry")
def test_money_of_nobody_is_in_the_books_of_no_customer(gateway, padaria):
    gateway.book[str(uuid7())] = 70_00
    gateway_tells(key=next(reversed(gateway.book)), real=clock.now())
    [entry] = queries.entries(Which(account=Account.UNMATCHED))
    assert (entry.customer_id, entry.contract_id, entry.invoice_id) == (None, None, None)
    assert balances()["clearing simulator"] == 1_419_00
    assert balances(Which(customer_id=padaria.customer_id))["clearing simulator"] == 1_349_00
    assert [finding.what for finding in check_books()] == ["money at a gateway belongs to nobody"]


@pytest.mark.rule("PAY-13", part="double entry")
def test_a_contested_payment_leaves_clearing_and_is_owed_again_once_it_went_back(gateway, padaria):
    gateway_says_of(Attempt.objects.get(), gateway, disputed=True)
    assert balances()["disputed simulator"] == 1_349_00
    assert "clearing simulator" not in balances()
    assert check_books() == []
    end_dispute(
        invoice_id=Invoice.objects.get().id, won=False, why="lost", actor="olga", moment=moment(LATER)
    )
    assert balances()["receivable"] == 1_349_00
    assert "disputed simulator" not in balances()
    assert check_books() == []


@pytest.mark.rule("PAY-13", part="double entry")
def test_a_fact_is_posted_once_whoever_posts_it_again(padaria):
    before = balances()
    [paid] = queries.entries(Which(account=Account.CLEARING))
    again = rules.payment_received("simulator", Money(5_00, "BRL"))
    journal.post(NewEntry(paid.fact, Attempt.objects.get().id, paid.invoice_id, again), now=JUNE_1)
    assert balances() == before
    assert Entry.objects.count() == 2


@pytest.mark.rule("PAY-13", part="sums to zero")
def test_the_database_takes_nothing_that_does_not_sum_to_zero(padaria):
    invoice, count = Invoice.objects.get(), Posting.objects.count()
    [right, wrong] = [
        rules.payment_received("simulator", Money(5_00, "BRL")),
        rules.payment_received("simulator", Money(5_00, "BRL"))[:1],
    ]
    entries = [NewEntry(Fact.PAYMENT_RECEIVED, uuid7(), invoice.id, one) for one in (right, wrong)]
    mixed = (
        right[0],
        rules.payment_received("simulator", Money(5_00, "USD"))[1],
    )  # zero over both currencies
    for posted in (entries, [NewEntry(Fact.PAYMENT_RECEIVED, uuid7(), invoice.id, mixed)]):
        with pytest.raises(DatabaseError, match="does not sum to zero"), transaction.atomic():
            journal.post(*posted, now=JUNE_1)
    entry = Entry.objects.first()
    with pytest.raises(DatabaseError, match="does not sum to zero"), transaction.atomic():
        Posting.objects.create(entry=entry, account="credit", detail="", currency="BRL", amount_minor=1)
    assert Posting.objects.count() == count


@pytest.mark.rule("PAY-13", part="double entry")
def test_any_number_of_facts_is_one_statement(padaria):
    invoice = Invoice.objects.get()
    postings = rules.payment_received("simulator", Money(1, "BRL"))
    many = [NewEntry(Fact.PAYMENT_RECEIVED, uuid7(), invoice.id, postings) for _ in range(500)]
    with CaptureQueriesContext(connection) as asked:
        journal.post(*many, now=JUNE_1)
    assert sum("settings_value" not in query["sql"] for query in asked) == 1
    assert balances()["receivable"] == -500


@pytest.mark.rule("PAY-13", part="double entry")
def test_a_renewal_posts_in_one_statement(padaria):
    with CaptureQueriesContext(connection) as asked:
        renew(contract_id=padaria.contract_id, now=JULY_1)
    assert sum("journal_post_v2" in query["sql"] for query in asked) == 1


@pytest.mark.rule("PAY-13", part="double entry")
def test_what_is_undone_is_not_in_the_journal(padaria):
    with transaction.atomic():
        take_back(newest(padaria), (PLAN, 5_00))
        transaction.set_rollback(True)
    assert Entry.objects.count() == 2


@pytest.mark.rule("PAY-13", part="double entry")
def test_the_day_is_the_sellers_and_stays_when_the_sellers_zone_changes(padaria):
    late = datetime(2026, 6, 11, 1, tzinfo=UTC)  # 22:00 of the 10th in São Paulo, 10:00 of the 11th in Tokyo

    def taken_back() -> EntryDetail:
        take_back(newest(padaria), (PLAN, 1), now=late)
        return queries.entries(ALL, limit=1)[0]

    before = taken_back()
    set_value(setting=SELLER_TIME_ZONE, value="Asia/Tokyo", actor="olga", why="we moved", now=late - DAY)
    assert [taken_back().day, before.day] == [date(2026, 6, 11), date(2026, 6, 10)]
    assert {one.day.day for one in queries.entries(Which(since=date(2026, 6, 10)))} == {10, 11}
    assert len(queries.entries(Which(until=date(2026, 6, 10)))) == 4


@pytest.mark.rule("PAY-13", part="double entry")
def test_what_a_sandbox_tries_out_is_in_no_book_but_its_own(gateway):
    tenant = make_padaria(sandbox=True)
    assert balances() == {}
    assert queries.entries(ALL) == []
    assert balances(Which(customer_id=tenant.customer_id))["clearing simulator"] == 1_349_00
    assert check_books() == []


def test_an_order_that_nobody_paid_leaves_nothing(gateway):
    sign(card="lost")
    assert Entry.objects.count() == 0
    assert check_books() == []


@pytest.mark.rule("CON-9")
def test_an_order_for_which_another_sum_was_taken_stays_in_the_books_and_is_paid_by_another_card(gateway):
    order = begin_signup()
    sign(card="other:1:BRL", signup_id=order)
    [money] = unmatched.open_money()
    given_back(money_id=money.id, how="refunded", actor="olga", real=clock.now())
    with pytest.raises(CardDeclined):
        sign(card="decline:balance", signup_id=order)
    assert sign(card="ok", signup_id=order).active
    assert balances()["clearing simulator"] == 1_349_00
    assert check_books() == []


COOKED = [
    ("UPDATE journal_posting SET amount_minor = 1 WHERE account = 'clearing'", "does not sum to zero"),
    ("DELETE FROM journal_posting", "does not sum to zero"),
    ("DELETE FROM journal_posting USING journal_entry e WHERE e.id = entry_id AND fact = 'invoice_issued'", "what an invoice asks for"),
    ("UPDATE journal_posting SET detail = 'overage' WHERE detail = 'activation'", "what the lines of an invoice say"),
    ("UPDATE journal_posting SET account = 'unmatched' WHERE account = 'credit'", "what its ledger says"),
    ("UPDATE journal_posting SET detail = 'stripe' WHERE account = 'clearing'", "clearing of the journal"),
    ("UPDATE journal_posting SET account = 'disputed' WHERE account = 'clearing'", "disputed of the journal"),
    ("UPDATE journal_posting SET account = 'unmatched' WHERE account = 'clearing'", "unmatched of the journal"),
    ("UPDATE journal_posting SET account = 'chargebacks' WHERE account = 'clearing'", "chargebacks of the journal"),
    ("UPDATE invoicing_invoice SET state = 'pending', paid_at = NULL", "what an invoice asks for"),
]  # fmt: skip


@pytest.mark.rule("PAY-13", part="proves the books")
def test_a_cooked_journal_is_found(padaria):
    make_luna()
    take_back(newest(padaria), (PLAN, 5_00))
    assert check_books() == []
    for cook, what in COOKED:
        with sql.taken_back():
            sql.run("SET LOCAL session_replication_role = replica")  # past the guards of the tables
            sql.run(cook)
            assert any(what in finding.what for finding in check_books()), cook
