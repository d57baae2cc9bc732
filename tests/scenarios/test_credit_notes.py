"""Credit notes take back lines of issued invoices: what is owed falls, and what was paid becomes credit."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from abono.domain.credit import queries as credit
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
from abono.domain.payments.ports.port import ChargeReply, Outcome
from abono.domain.payments.states import Why
from abono.flows.billing.outlook import outlook
from abono.flows.collecting.hear import hear
from abono.flows.corrections.credit_note import issue_credit_note, preview_credit_note
from abono.flows.limits.interim import issue_interim
from abono.flows.limits.tell_thresholds import tell_thresholds
from abono.kernel.money import Money
from abono.platform.models import Event
from tests import sql
from tests.books import check_books
from tests.scenarios.paying import pay
from tests.scenarios.taking_back import (
    AUGUST_1,
    PACKAGE,
    PLAN,
    good_card,
    newest,
    take_back,
    unpaid_renewal,
)
from tests.scenarios.test_cycles import JULY_1
from tests.scenarios.test_limits import LATER, block, state_of
from tests.stories import credited
from tests.work import renew_due
from tests.world import DAY, HOUR, make_luna, make_padaria, moment, sign

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
    assert pay(padaria, after.id, now=JULY_1 + HOUR).paid
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
        pay(padaria, after.id, now=JULY_1 + HOUR)
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


def test_what_cannot_be_recorded_is_not_done(padaria):
    """No entry, no act (ACC-6): money moves with its record or not at all."""
    sql.run("ALTER TABLE platform_event ADD CHECK (name <> 'credit_note.issued') NOT VALID")
    before = invoices.list_for_customer(padaria.customer_id)
    with pytest.raises(IntegrityError):  # the flow's own transaction takes all of it back
        credited(padaria)
    assert not CreditNote.objects.exists()
    assert not Event.objects.filter(name="credit_note.issued").exists()
    assert invoices.list_for_customer(padaria.customer_id) == before
