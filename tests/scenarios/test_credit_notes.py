"""Credit notes take back lines of issued invoices; what was paid becomes credit, which pays before a card is asked."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from abono.domain.credit import queries as credit
from abono.domain.credit.types import Kind
from abono.domain.invoicing import credit_notes
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import (
    AboveTheLine,
    InvoiceNotPayable,
    NoSuchInvoice,
    NoSuchLine,
    NotCreditable,
    NothingToCredit,
)
from abono.domain.invoicing.models import CreditNote, Invoice
from abono.domain.invoicing.states import State
from abono.domain.invoicing.types import LineCredit
from abono.domain.notices.models import Notice
from abono.domain.payments import unmatched
from abono.domain.payments.errors import PaymentUnderWay
from abono.domain.payments.models import Attempt
from abono.domain.payments.port import ChargeReply, Outcome
from abono.domain.payments.states import Why
from abono.flows.billing.outlook import outlook
from abono.flows.billing.renew import renew
from abono.flows.check_books import check_books
from abono.flows.collecting.charge import charge_invoice
from abono.flows.collecting.hear import hear
from abono.flows.corrections.credit_note import issue_credit_note, preview_credit_note
from abono.flows.limits.interim import issue_interim
from abono.flows.limits.tell_thresholds import tell_thresholds
from abono.flows.wallet import save_card
from abono.kernel.money import Money
from abono.platform.models import Event
from tests.scenarios.test_cycles import JULY_1
from tests.scenarios.test_limits import LATER, block, state_of
from tests.work import renew_due
from tests.world import DAY, HOUR, make_luna, make_padaria, moment, sign

PLAN, PACKAGE, ACTIVATION = 1, 2, 3  # lines of the first invoice: 600.00, 100.00 and 649.00
AUGUST_1 = JULY_1 + 31 * DAY


@pytest.fixture
def padaria(gateway):
    return make_padaria()


def newest(tenant):
    return invoices.list_for_customer(tenant.customer_id)[0]


def take_back(invoice, *lines, now=LATER, why="A mistake of ours."):
    asked = [LineCredit(position, minor) for position, minor in lines]
    return issue_credit_note(invoice_id=invoice.id, lines=asked, why=why, actor="olga", now=now)


def unpaid_renewal(tenant, card="decline:balance"):
    """The invoice of July, 700.00, which the card did not pay."""
    save_card(customer_id=tenant.customer_id, frame_ref=card, use=True, actor="ana", now=LATER)
    renew_due(now=JULY_1)
    return newest(tenant)


def good_card(tenant):
    save_card(customer_id=tenant.customer_id, frame_ref="ok", use=True, actor="ana", now=JULY_1)


def pay(tenant, invoice, now=JULY_1 + HOUR):
    return charge_invoice(
        invoice_id=invoice.id,
        customer_id=tenant.customer_id,
        method_id=None,
        off_session=False,
        actor="ana",
        moment=moment(now),
    )


# What is not paid yet


@pytest.mark.rule("INV-4", part="credit notes")
def test_a_credit_note_on_an_unpaid_invoice_lowers_what_is_owed_and_changes_nothing_else(padaria, gateway):
    invoice = unpaid_renewal(padaria)
    note = take_back(invoice, (PLAN, 200_00), (PACKAGE, 50_00), now=JULY_1 + HOUR)

    assert (note.title, note.total_minor, note.credit_minor, note.lowered_minor) == (
        "C-000001",
        250_00,
        0,
        250_00,
    )
    assert [(line.position, minor) for line, minor in note.lines] == [(PLAN, 200_00), (PACKAGE, 50_00)]
    after = newest(padaria)
    assert (after.total_minor, after.owed_minor, after.state) == (700_00, 450_00, State.PENDING)
    assert [(line.amount_minor, line.left_minor) for line in after.lines] == [
        (600_00, 400_00),
        (100_00, 50_00),
    ]
    assert (after.title, after.issued_at, after.due_date) == (
        invoice.title,
        invoice.issued_at,
        invoice.due_date,
    )
    assert credit.balance(padaria.contract_id) == 0

    good_card(padaria)
    assert pay(padaria, after).paid
    assert gateway.calls[-1].amount == Money(450_00, "BRL")  # 700.00 − 250.00
    assert newest(padaria).state is State.PAID
    assert check_books() == []


@pytest.mark.rule("INV-4", part="credit notes")
def test_who_and_why_stand_in_the_record_and_the_customer_is_told(padaria):
    invoice = unpaid_renewal(padaria)
    take_back(invoice, (PLAN, 200_00), now=JULY_1 + HOUR, why="The plan was not there for ten days.")

    event = Event.objects.get(name="credit_note.issued")
    assert (event.actor, event.why) == ("olga", "The plan was not there for ten days.")
    assert (event.data["invoice_number"], event.data["owed_minor"]) == ("A-000002", 500_00)
    told = Notice.objects.get(kind="credit_note_issued")
    assert (told.facts["credit_note"], told.facts["owed_minor"], told.facts["credit_minor"]) == (
        "C-000001",
        500_00,
        0,
    )
    assert CreditNote.objects.get().why == "The plan was not there for ten days."


@pytest.mark.rule("INV-4", part="credit notes")
def test_an_invoice_that_is_taken_back_whole_owes_nothing_and_is_not_billed_again(padaria, gateway):
    invoice = unpaid_renewal(padaria)
    assert outlook(invoice) is not None
    take_back(invoice, (PLAN, 600_00), (PACKAGE, 100_00), now=JULY_1 + HOUR)

    after = newest(padaria)
    assert (after.state, after.owed_minor, after.taken_back_whole) == (State.PAID, 0, True)
    assert outlook(after) is None
    assert not after.overdue((JULY_1 + 60 * DAY).date())
    with pytest.raises(InvoiceNotPayable):
        pay(padaria, after)
    good_card(padaria)
    renew_due(now=AUGUST_1)
    assert newest(padaria).total_minor == 700_00  # August alone
    assert sorted(gateway.book.values()) == [700_00, 1_349_00]
    assert check_books() == []


@pytest.mark.rule("INV-4", part="credit notes")
@pytest.mark.rule("END-2")
def test_an_interim_invoice_that_is_taken_back_whole_opens_sending_at_once(padaria):
    block(padaria)
    interim = invoices.get(
        issue_interim(
            contract_id=padaria.contract_id, customer_id=padaria.customer_id, actor="ana", now=LATER
        )
    )
    asked = [LineCredit(1, interim.total_minor)]
    assert preview_credit_note(invoice_id=interim.id, lines=asked).opens_sending
    take_back(interim, (1, interim.total_minor - 1))
    assert state_of(padaria).blocked_at is not None
    take_back(interim, (1, 1))
    assert state_of(padaria).blocked_at is None
    renew_due(now=JULY_1)
    assert [line.amount_minor for line in newest(padaria).lines] == [600_00, 100_00]  # not billed again
    assert check_books() == []


@pytest.mark.rule("INV-4", part="credit notes")
def test_an_interim_invoice_of_which_something_was_taken_back_is_not_withdrawn_and_billed_anew(padaria):
    block(padaria)
    interim_id = issue_interim(
        contract_id=padaria.contract_id, customer_id=padaria.customer_id, actor="ana", now=LATER
    )
    interim = invoices.get(interim_id)
    take_back(interim, (1, 10_00))
    renew_due(now=JULY_1)
    assert invoices.get(interim_id).state is State.PENDING
    assert invoices.get(interim_id).owed_minor == interim.total_minor - 10_00
    assert [line.amount_minor for line in newest(padaria).lines] == [600_00, 100_00]
    assert check_books() == []


@pytest.mark.rule("INV-4", part="credit notes")
@pytest.mark.rule("PAY-7")
@pytest.mark.parametrize("card", ["lost", "other:1:BRL"])
def test_while_a_payment_is_under_way_nothing_is_taken_back(padaria, card):
    invoice = unpaid_renewal(padaria, card=card)
    for act in (
        take_back,
        lambda it, *lines: preview_credit_note(invoice_id=it.id, lines=[LineCredit(*lines[0])]),
    ):
        with pytest.raises(PaymentUnderWay):
            act(invoice, (PLAN, 1))
    assert newest(padaria).owed_minor == 700_00
    assert not CreditNote.objects.exists()


@pytest.mark.rule("INV-4", part="credit notes")
@pytest.mark.rule("PAY-12", part="shown, never applied")
@pytest.mark.parametrize("taken_back", [1, 700_00])
def test_money_that_comes_late_for_what_is_not_owed_any_more_is_looked_at(padaria, taken_back):
    invoice = unpaid_renewal(padaria, card="refused")
    attempt = Attempt.objects.latest("id")
    assert attempt.state == "lost"
    lines = [(PLAN, 1)] if taken_back == 1 else [(PLAN, 600_00), (PACKAGE, 100_00)]
    take_back(invoice, *lines, now=JULY_1 + HOUR)

    paid = ChargeReply(Outcome.PAID, "late", Money(700_00, "BRL"))
    hear(attempt_id=attempt.id, reply=paid, actor="system", moment=moment(JULY_1 + 2 * HOUR))

    [money] = unmatched.open_money()
    assert (money.why, money.taken) == (Why.SURPLUS, Money(700_00, "BRL"))
    after = newest(padaria)
    assert after.owed_minor == 700_00 - taken_back
    assert (after.state is State.PAID) == (taken_back == 700_00)


# What was paid


@pytest.mark.rule("INV-9", part="never negative")
@pytest.mark.rule("INV-4", part="credit notes")
def test_what_was_paid_becomes_credit_and_pays_the_next_invoice_before_the_card(padaria, gateway):
    first = newest(padaria)
    note = take_back(first, (PLAN, 150_00))
    assert (note.credit_minor, credit.balance(padaria.contract_id)) == (150_00, 150_00)
    assert newest(padaria).state is State.PAID

    renew_due(now=JULY_1)

    second = newest(padaria)
    assert (second.total_minor, second.credit_used_minor, second.state) == (700_00, 150_00, State.PAID)
    assert gateway.calls[-1].amount == Money(550_00, "BRL")  # 700.00 − 150.00
    told = Notice.objects.get(kind="invoice_issued").facts
    assert (told["full_minor"], told["credit_used_minor"], told["total_minor"]) == (700_00, 150_00, 550_00)
    assert [
        (entry.kind, entry.amount_minor, entry.balance_minor)
        for entry in credit.statement(padaria.contract_id)
    ] == [
        (Kind.USED, -150_00, 0),
        (Kind.GRANTED, 150_00, 150_00),
    ]
    assert check_books() == []


@pytest.mark.rule("INV-9", part="never negative")
def test_credit_beyond_the_next_invoice_stays_and_no_card_is_asked(padaria, gateway):
    take_back(newest(padaria), (PLAN, 600_00), (ACTIVATION, 649_00))
    charged = len(gateway.calls)
    renew_due(now=JULY_1)
    second = newest(padaria)
    assert (second.state, second.credit_used_minor) == (State.PAID, 700_00)
    assert len(gateway.calls) == charged
    assert credit.balance(padaria.contract_id) == 549_00  # 600.00 + 649.00 − 700.00
    assert Notice.objects.get(kind="invoice_issued").facts["total_minor"] == 0
    renew_due(now=AUGUST_1)
    assert gateway.calls[-1].amount == Money(151_00, "BRL")  # 700.00 − 549.00
    assert check_books() == []


@pytest.mark.rule("INV-9", part="oldest first")
def test_credit_pays_the_oldest_unpaid_invoice_first(padaria, gateway):
    first = newest(padaria)
    july = unpaid_renewal(padaria)
    renew_due(now=AUGUST_1)
    august = newest(padaria)
    assert august.id != july.id
    take_back(first, (PLAN, 600_00), (PACKAGE, 100_00), (ACTIVATION, 100_00), now=AUGUST_1 + HOUR)
    assert invoices.get(july.id).state is State.PAID
    assert invoices.get(august.id).owed_minor == 600_00  # 800.00 − 700.00 of July; 700.00 − 100.00
    assert credit.balance(padaria.contract_id) == 0
    assert Notice.objects.filter(kind="credit_used").count() == 2
    assert check_books() == []


@pytest.mark.rule("INV-9", part="oldest first")
def test_credit_waits_while_a_payment_is_under_way_and_pays_when_that_failed(padaria, gateway):
    first = newest(padaria)
    july = unpaid_renewal(padaria, card="vanish")
    take_back(first, (PLAN, 300_00), now=JULY_1 + HOUR)
    assert (invoices.get(july.id).owed_minor, credit.balance(padaria.contract_id)) == (700_00, 300_00)
    hear(
        attempt_id=Attempt.objects.latest("id").id,
        reply=ChargeReply(Outcome.NEVER_RECEIVED),
        actor="system",
        moment=moment(JULY_1 + 2 * HOUR),
    )
    assert (invoices.get(july.id).owed_minor, credit.balance(padaria.contract_id)) == (400_00, 0)
    assert check_books() == []


@pytest.mark.rule("INV-9", part="oldest first")
@pytest.mark.rule("LIM-4")
def test_credit_pays_an_interim_invoice_and_opens_sending_without_a_card(padaria, gateway):
    take_back(newest(padaria), (PLAN, 600_00))
    charged = len(gateway.calls)
    block(padaria)
    tell_thresholds()
    interim = newest(padaria)
    assert (interim.reason.value, interim.state, interim.owed_minor) == ("interim", State.PAID, 0)
    assert state_of(padaria).blocked_at is None
    assert credit.balance(padaria.contract_id) == 600_00 - interim.total_minor
    assert len(gateway.calls) == charged
    assert check_books() == []


@pytest.mark.rule("INV-9", part="never negative")
def test_credit_of_an_interim_invoice_that_gives_way_pays_the_next_one(padaria):
    take_back(newest(padaria), (PLAN, 20_00))
    block(padaria)
    tell_thresholds()
    interim = newest(padaria)
    assert interim.credit_used_minor == 20_00
    renew_due(now=JULY_1)
    assert invoices.get(interim.id).state is State.CANCELLED
    assert newest(padaria).credit_used_minor == 20_00
    assert [entry.kind for entry in credit.statement(padaria.contract_id)][::-1] == [
        Kind.GRANTED,
        Kind.USED,
        Kind.RETURNED,
        Kind.USED,
    ]
    assert check_books() == []


@pytest.mark.rule("INV-9", part="never negative")
def test_more_than_what_is_owed_gives_back_credit_that_had_paid(padaria):
    take_back(newest(padaria), (PLAN, 300_00))
    july = unpaid_renewal(padaria)
    assert july.owed_minor == 400_00
    asked = [LineCredit(PLAN, 500_00)]
    seen = preview_credit_note(invoice_id=july.id, lines=asked)
    assert (seen.lowers_minor, seen.credit_minor, seen.owed_minor) == (400_00, 100_00, 0)
    take_back(july, (PLAN, 500_00), now=JULY_1 + HOUR)
    assert invoices.get(july.id).state is State.PAID
    assert credit.balance(padaria.contract_id) == 100_00
    assert check_books() == []


@pytest.mark.rule("INV-9", part="never negative")
def test_credit_of_one_contract_pays_nothing_of_another(padaria, gateway):
    other = sign(signed_in=False)
    take_back(newest(padaria), (PLAN, 600_00))
    renew(contract_id=other.contract_id, now=JULY_1)
    assert Invoice.objects.filter(contract_id=other.contract_id).latest("id").credit_used_minor == 0
    assert credit.balance(padaria.contract_id) == 600_00


# What is refused


@pytest.mark.rule("INV-4", part="credit notes")
def test_what_makes_no_sense_is_refused_and_nothing_changes(padaria):
    invoice = newest(padaria)
    for lines, refusal in (
        ([], NothingToCredit),
        ([(PLAN, 0)], NothingToCredit),
        ([(PLAN, -1)], NothingToCredit),
        ([(PLAN, 1), (PLAN, 1)], NothingToCredit),
        ([(99, 1)], NoSuchLine),
        ([(PLAN, 600_01)], AboveTheLine),
    ):
        with pytest.raises(refusal):
            take_back(invoice, *lines)
    take_back(invoice, (PLAN, 600_00))
    with pytest.raises(AboveTheLine) as refused:
        take_back(invoice, (PLAN, 1))
    assert refused.value.left_minor == 0
    assert CreditNote.objects.count() == 1


@pytest.mark.rule("INV-4", part="credit notes")
def test_a_draft_a_cancelled_invoice_and_another_customers_are_refused(padaria):
    sign(card="lost", signed_in=False)
    draft = invoices.get(Invoice.objects.get(state="draft").id)
    with pytest.raises(NoSuchInvoice):
        take_back(draft, (PLAN, 1))
    block(padaria)
    tell_thresholds()
    interim = newest(padaria)
    renew_due(now=JULY_1)
    with pytest.raises(NotCreditable):
        take_back(interim, (1, 1))
    luna = make_luna()
    with pytest.raises(NoSuchInvoice):
        issue_credit_note(
            invoice_id=newest(padaria).id,
            customer_id=luna.customer_id,
            lines=[LineCredit(PLAN, 1)],
            why="not theirs",
            actor="diego",
            now=JULY_1,
        )
    assert not CreditNote.objects.exists()


@pytest.mark.rule("INV-4", part="gapless")
@pytest.mark.rule("INV-4", part="sandbox's own")
def test_credit_notes_are_numbered_apart_and_a_sandbox_has_its_own_series(padaria, gateway):
    tried = make_padaria(sandbox=True)
    titles = [take_back(newest(tenant), (PLAN, 1)).title for tenant in (padaria, tried, padaria)]
    own = newest(tried).title.rpartition("-")[0]
    assert titles == ["C-000001", f"{own}-C-000001", "C-000002"]
    assert len(credit_notes.list_for(padaria.customer_id)) == 2
    assert check_books() == []


@pytest.mark.rule("INV-4", part="credit notes")
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE invoicing_creditnote SET why = 'another'",
        "DELETE FROM invoicing_creditnoteline",
        "INSERT INTO invoicing_creditnoteline (note_id, line_id, amount_minor) SELECT n.id, l.id, 1"
        " FROM invoicing_creditnote n, invoicing_invoiceline l WHERE l.position = 2",
        "UPDATE invoicing_invoiceline SET credited_minor = 0",
        "UPDATE invoicing_invoice SET total_minor = 0",
        "DELETE FROM credit_entry",
    ],
)
def test_the_database_refuses_to_change_what_was_taken_back(padaria, change):
    take_back(newest(padaria), (PLAN, 1_00))
    with (
        pytest.raises(DatabaseError, match="never change"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)


@pytest.mark.rule("OPS-2", part="proves the books")
@pytest.mark.parametrize(
    ("cook", "what"),
    [
        ("UPDATE invoicing_creditnote SET total_minor = total_minor + 1", "sum of its lines"),
        (
            "UPDATE invoicing_invoiceline SET credited_minor = 7 WHERE credited_minor > 0",
            "took back of a line",
        ),
        ("UPDATE invoicing_invoice SET credited_minor = 1 WHERE number = 1", "took off what is owed"),
        ("UPDATE invoicing_creditnote SET number = 5", "have a gap"),
        (
            "UPDATE platform_counter SET value = 9 WHERE name = 'credit_note:C'",
            "counter of a series of credit",
        ),
        (
            "UPDATE invoicing_invoice SET state = 'cancelled', paid_at = NULL WHERE number = 1",
            "or that was cancelled",
        ),
        ("UPDATE credit_entry SET balance_minor = 1 WHERE place = 1", "what its movements say"),
        (
            "UPDATE credit_entry SET amount_minor = 1, balance_minor = 1 WHERE place = 1",
            "its credit note says",
        ),
        ("UPDATE invoicing_invoice SET credit_used_minor = 1 WHERE number = 2", "what the invoice says"),
        ("UPDATE invoicing_invoice SET state = 'pending', paid_at = NULL WHERE number = 1", "lies idle"),
        (
            "UPDATE invoicing_invoice SET state = 'pending', paid_at = NULL, credited_minor = total_minor"
            " WHERE number = 1",
            "nothing is owed",
        ),
    ],
)
def test_cooked_credit_is_found(padaria, cook, what):
    take_back(newest(padaria), (PLAN, 600_00), (ACTIVATION, 649_00))
    renew_due(now=JULY_1)
    assert check_books() == []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # past the guards of the tables
        cursor.execute(cook)
    assert any(what in finding.what for finding in check_books())


@pytest.mark.rule("INV-9", part="never negative")
def test_the_database_lets_no_credit_be_overdrawn(padaria):
    take_back(newest(padaria), (PLAN, 5_00))
    forged = (
        "INSERT INTO credit_entry (id, contract_id, place, kind, amount_minor, balance_minor, currency, invoice_id, made_at)"
        " SELECT gen_random_uuid(), contract_id, {place}, 'used', -600, {balance}, '{currency}', invoice_id, now()"
        " FROM credit_entry"
    )
    for place, balance, currency in ((2, -100, "BRL"), (2, 0, "BRL"), (3, 0, "BRL"), (2, -100, "USD")):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(forged.format(place=place, balance=balance, currency=currency))
    assert credit.balance(padaria.contract_id) == 5_00
