"""Credit pays before a card is asked: the oldest invoice first, never below 0 (INV-9)."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from abono.domain.credit import queries as credit
from abono.domain.credit.types import Kind
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import State
from abono.domain.invoicing.types import LineCredit
from abono.domain.notices.models import Notice
from abono.domain.payments.models import Attempt
from abono.domain.payments.ports.port import ChargeReply, Outcome
from abono.domain.settings.actions import set_value
from abono.domain.settings.restriction import RESTRICT_AFTER
from abono.flows.billing.renew import renew
from abono.flows.collecting.hear import hear
from abono.flows.corrections.credit_note import preview_credit_note
from abono.flows.limits.tell_thresholds import tell_thresholds
from abono.kernel.money import Money
from abono.platform.models import Due
from tests import sql
from tests.books import check_books
from tests.scenarios.taking_back import (
    ACTIVATION,
    AUGUST_1,
    PACKAGE,
    PLAN,
    newest,
    take_back,
    unpaid_renewal,
)
from tests.scenarios.test_cycles import JULY_1
from tests.scenarios.test_limits import block, state_of
from tests.work import renew_due
from tests.world import HOUR, JUNE_1, moment, sign


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


@pytest.mark.rule("INV-9", part="never negative")
def test_an_invoice_that_credit_pays_whole_is_never_asked_for(padaria):
    take_back(newest(padaria), (PLAN, 600_00), (ACTIVATION, 649_00))
    renew(contract_id=padaria.contract_id, now=JULY_1)
    assert newest(padaria).state is State.PAID
    assert not Due.objects.filter(kind="collect").exists()


@pytest.mark.rule("INV-9", part="oldest first")
def test_credit_pays_the_oldest_unpaid_invoice_first(padaria, gateway):
    set_value(setting=RESTRICT_AFTER, value=60, actor="olga", why="a", now=JUNE_1)  # August is billed, too
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


COOKED = [
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
]


@pytest.mark.rule("OPS-2", part="proves the books")
def test_cooked_credit_is_found(padaria):
    take_back(newest(padaria), (PLAN, 600_00), (ACTIVATION, 649_00))
    renew_due(now=JULY_1)
    assert check_books() == []
    for cook, what in COOKED:
        with sql.taken_back():
            sql.run("SET LOCAL session_replication_role = replica")  # past the guards of the tables
            sql.run(cook)
            assert any(what in finding.what for finding in check_books()), cook


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
