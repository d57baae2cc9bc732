"""A bank statement is taken whole, books nothing by itself, and each movement pays once what somebody says (PAY-6, PAY-7, PAY-12)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from abono.domain.approvals.errors import SecondPersonNeeded
from abono.domain.approvals.states import State as Asked
from abono.domain.credit import queries as credit
from abono.domain.customers import queries as customers
from abono.domain.customers.models import Customer
from abono.domain.identity.roles import Role
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import NoSuchInvoice
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import Status
from abono.domain.payments.models import Receipt
from abono.domain.payments.receipts import Came
from abono.domain.payments.states import Way
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import SECOND_PERSON_RECEIPT
from abono.domain.statements import queries as statements
from abono.domain.statements.errors import (
    AskedForAnother,
    BadBankStatement,
    MovementDecided,
    MovementOpen,
    NothingCame,
    OfSandbox,
    OtherCurrency,
)
from abono.domain.statements.models import Movement, Statement
from abono.domain.statements.states import Did, Only
from abono.flows.approvals.ask_receipt import ask_movement
from abono.flows.approvals.decide import approve, refuse
from abono.flows.standing.record import record_payment, withdraw_payment
from abono.flows.statements.match import invoice_named, leave_out, look_again, pay
from abono.flows.statements.propose import Because, proposals
from abono.flows.statements.take import take
from abono.kernel.ids import uuid7
from abono.platform.models import Event
from tests.books import check_books
from tests.ofx import entry, statement
from tests.scenarios.taking_back import unpaid_renewal
from tests.scenarios.test_cycles import JULY_1
from tests.world import DAY, make_colleague, make_luna, make_olga, make_padaria, moment

pytestmark = pytest.mark.django_db
LATER = JULY_1 + 2 * DAY
DAY_OF_IT = LATER.date() - timedelta(days=1)
BY_OLGA = {"actor": "olga", "moment": moment(LATER)}


@pytest.fixture
def padaria(gateway):
    return make_padaria()


@pytest.fixture
def owing(padaria):
    """The invoice of July, 700.00, which the card did not pay."""
    return unpaid_renewal(padaria)


def taken(*entries: str, real=LATER, **of):
    found, _new = take(name="extrato.ofx", content=statement(entries, **of), actor="olga", real=real)
    return found


def came(amount: str = "700.00", name: str = "1", text: str = "PIX RECEBIDO", day=DAY_OF_IT) -> str:
    return entry(day, amount, name, text)


def stands(invoice):
    found = invoices.get(invoice.id)
    return found.status, found.owed_minor


@pytest.mark.rule("PAY-7", part="bank files")
@pytest.mark.rule("PAY-12", part="shown, never applied")
def test_a_movement_stands_once_whatever_statements_tell_of_it_and_books_nothing(owing):
    first = taken(came(), came(), came("-12.00", "2", "TARIFA"))
    assert (first.movements, first.known, first.open) == (3, 0, 2)  # two that look alike are two
    again, new = take(name="x.ofx", content=statements.content(first.id), actor="olga", real=LATER)
    assert (again.id, new) == (first.id, False)
    longer = taken(came(), came(text="OTHERWISE"), came(), came("-12.00", "2"), came("1.00", "1"))
    assert (longer.movements, longer.known, longer.open) == (5, 3, 2)
    assert (Statement.objects.count(), Movement.objects.count()) == (2, 5)
    assert [len(statements.movements(first.id, only=only)) for only in (*Only, None)] == [2, 0, 1, 3]
    assert (Receipt.objects.count(), stands(owing)) == (0, (Status.PENDING, 700_00))
    assert Event.objects.filter(name="bank_statement.taken").count() == 2


@pytest.mark.rule("PAY-7", part="bank files")
@pytest.mark.parametrize(("first", "then"), [("", "0810-1"), ("0810-1", "")])
def test_an_account_with_and_without_its_branch_is_one(owing, first, then):
    taken(came(), branch=first)
    assert taken(came(), came(name="2"), branch=then).known == 1
    assert taken(came(), came(name="2"), branch=first).known == 2
    assert taken(came(), account="123456789", branch=then).known == 0
    assert taken(came(), branch="0999").known == 0  # it may be another account of this number
    assert taken(came(), came(name="3"), branch="0999").known == 1
    assert taken(came(name="3")).known == 0  # of which of the two nobody can say


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (statement([came()])[:-150], "cut"),
        (statement([came()], currency="EUR"), "currency"),
        (statement([came(day=LATER.date() + timedelta(days=1))]), "future"),
        (b"", "empty"),
    ],
)
def test_what_cannot_be_believed_leaves_nothing(content, why):
    with pytest.raises(BadBankStatement) as bad:
        take(name="x.ofx", content=content, actor="olga", real=LATER)
    assert (bad.value.reason, Statement.objects.count(), Event.objects.count()) == (why, 0, 0)


@pytest.mark.rule("PAY-6", part="more")
def test_what_somebody_says_is_booked_once_and_what_was_a_mistake_waits_anew(padaria, owing):
    first, second, left = statements.movements(taken(came(), came("50.00"), came("-1", "2")).id)
    paid = pay(movement_id=first.id, invoice_id=owing.id, **BY_OLGA)
    assert pay(movement_id=first.id, invoice_id=owing.id, **BY_OLGA) == paid  # pressed twice
    [receipt] = Receipt.objects.all()
    assert (receipt.id, receipt.reference, receipt.received_date) == (paid.receipt_id, "1", DAY_OF_IT)
    assert (paid.did, stands(owing)) == (Did.PAID, (Status.PAID, 0))
    pay(movement_id=second.id, invoice_id=invoice_named(padaria.contract.number), **BY_OLGA)
    assert credit.balance(padaria.contract_id) == 50_00
    for refused, act in (
        (NothingCame, lambda: pay(movement_id=left.id, invoice_id=owing.id, **BY_OLGA)),
        (MovementDecided, lambda: leave_out(movement_id=first.id, why="x", **BY_OLGA)),
        (MovementOpen, lambda: look_again(movement_id=first.id, **BY_OLGA)),
        (NoSuchInvoice, lambda: invoice_named("2026-000042-7")),
    ):
        with pytest.raises(refused):
            act()
    withdraw_payment(receipt_id=receipt.id, why="another's", actor="olga", now=LATER)
    assert statements.movement(first.id).open
    pay(movement_id=first.id, invoice_id=owing.id, **BY_OLGA)
    bounced = statements.movement(first.id).receipt_id
    withdraw_payment(receipt_id=bounced, why="sent back", bounced=True, actor="olga", now=LATER)
    assert statements.movement(first.id).did is Did.PAID  # it came, and went
    assert check_books() == []


def test_what_is_leave_out_is_looked_at_again_at_will(owing):
    [one] = statements.movements(taken(came()).id)
    aside = leave_out(movement_id=one.id, why="Slips of yesterday", **BY_OLGA)
    assert (aside.did, aside.why, aside.decided_by) == (Did.LEFT_OUT, "Slips of yesterday", "olga")
    with pytest.raises(MovementDecided):
        pay(movement_id=one.id, invoice_id=owing.id, **BY_OLGA)
    assert (Receipt.objects.count(), stands(owing)) == (0, (Status.PENDING, 700_00))
    assert look_again(movement_id=one.id, **BY_OLGA).open
    names = (
        Event.objects.filter(name__startswith="bank_movement").order_by("id").values_list("name", flat=True)
    )
    assert list(names) == ["bank_movement.left_out", "bank_movement.open"]


@pytest.mark.rule("PAY-12", part="compared")
def test_money_of_another_currency_or_for_a_sandbox_pays_nothing_and_is_not_proposed(owing):
    [one] = statements.movements(taken(came(text=owing.title), currency="USD").id)
    [reais] = statements.movements(taken(came(text=owing.title)).id)
    who = {"actor": "olga", "now": LATER}
    for of, refused in ((one, OtherCurrency), (reais, OfSandbox)):
        Customer.objects.update(sandbox=of is reais)
        assert proposals([of])[of.id].invoice is None
        for act in (lambda of=of: pay(movement_id=of.id, invoice_id=owing.id, **BY_OLGA),
                    lambda of=of: ask_movement(movement_id=of.id, invoice_id=owing.id, **who)):  # fmt: skip
            with pytest.raises(refused):
                act()
        assert statements.movement(of.id).open


def test_the_bank_may_be_a_day_ahead_of_the_customer(owing):
    Customer.objects.update(time_zone="America/Bogota")
    night = datetime(2026, 7, 4, 3, 30, tzinfo=UTC)  # 00:30 of the seller's 4 July
    [one] = statements.movements(taken(came(day=night.date()), real=night).id)
    pay(movement_id=one.id, invoice_id=owing.id, actor="olga", moment=moment(night))
    assert Receipt.objects.get().received_date == night.date() - timedelta(days=1)


@pytest.mark.rule("ACC-5", part="second person: other")
@pytest.mark.rule("ACC-5", part="no longer possible")
def test_above_the_limit_a_second_person_agrees_and_only_to_what_nobody_said_meanwhile(padaria, owing):
    set_value(setting=SECOND_PERSON_RECEIPT, value="BRL 500", actor="olga", why="x", now=JULY_1)
    olga, otto = make_olga(), make_colleague("Otto Brandão", Role.BILLING)
    first, second = statements.movements(taken(came(), came(name="2")).id)
    with pytest.raises(SecondPersonNeeded):
        pay(movement_id=first.id, invoice_id=owing.id, **BY_OLGA)
    who = {"actor": f"person:{olga}", "now": LATER}
    requests = [ask_movement(movement_id=one.id, invoice_id=owing.id, **who) for one in (first, second)]
    paid = invoices.list_for_customer(padaria.customer_id)[-1]
    with pytest.raises(AskedForAnother):
        ask_movement(movement_id=first.id, invoice_id=paid.id, **who)
    told = proposals([first, second])
    assert [told[one.id].waits for one in (first, second)] == [one.public_id for one in requests]
    done = approve(approval_id=requests[0].id, person_id=otto, now=LATER)
    assert (done.state, stands(owing)) == (Asked.DONE, (Status.PAID, 0))
    assert done.led_to == Receipt.objects.get().public_id
    leave_out(movement_id=second.id, why="the same", **BY_OLGA)
    failed = approve(approval_id=requests[1].id, person_id=otto, now=LATER)
    assert (failed.state, failed.failed_with) == (Asked.FAILED, MovementDecided.code)
    assert Receipt.objects.count() == 1
    look_again(movement_id=second.id, **BY_OLGA)
    again = ask_movement(movement_id=second.id, invoice_id=owing.id, **who)
    refuse(approval_id=again.id, person_id=otto, why="no", now=LATER)
    assert statements.movement(second.id).open
    assert check_books() == []


def test_invoices_are_proposed_by_number_contract_payer_or_sum_and_what_is_known_is_told(padaria, owing):
    luna = make_luna()
    tax_id = customers.get(padaria.customer_id).tax_id
    asked = [
        (came("1.00", "1", f"PAGTO {owing.title.replace('-', ' ')} OBRIGADO"), Because.NUMBER),
        (came("2.00", "2", f"REF {padaria.contract.number}"), Because.CONTRACT),
        (
            came("3.00", "3", f"PIX {tax_id[:2]}.{tax_id[2:5]}.{tax_id[5:8]}/{tax_id[8:12]}-{tax_id[12:]}"),
            Because.PAYER,
        ),
        (came("700.00", "4", "TED"), Because.AMOUNT),
        (came("4.00", "5", f"TED {luna.contract.number} A-999999 00000000000"), None),
    ]
    found = statements.movements(taken(*(text for text, _why in asked)).id)
    told = proposals(found)
    assert [told[one.id].because for one in found] == [why for _text, why in asked]
    assert {told[one.id].invoice.id for one in found[:4]} == {owing.id}
    assert all(told[one.id].known is None for one in found)

    typed = Came(Way.TRANSFER, 2_00, DAY_OF_IT - timedelta(days=3), "E2E")
    receipt = record_payment(invoice_id=owing.id, came=typed, actor="olga", now=LATER)
    pay(movement_id=found[2].id, invoice_id=owing.id, **BY_OLGA)
    twice = statements.movements(
        taken(came("2.00", "6", f"REF {padaria.contract.number}"), came("3.00", "7", "x")).id
    )
    told = proposals([*found, *twice])
    assert told[found[1].id].known == receipt
    assert told[found[1].id].twin.id == twice[0].id  # the bank gave it another name
    assert told[twice[1].id].known is None  # what the statement paid is known there
    assert found[2].id not in {
        key for key, one in proposals(statements.movements(found[0].statement_id)).items()
    }


def test_a_sum_proposes_only_the_one_invoice_of_which_so_much_is_left_among_however_many(owing):
    [one] = statements.movements(taken(came(text="TED")).id)
    assert proposals([one])[one.id].because is Because.AMOUNT
    alike = Invoice.objects.get(id=owing.id)
    for number in range(1_000, 1_600):
        alike.id, alike.number, alike.key = uuid7(), number, f"copy:{number}"
        alike.total_minor = 700_00 if number == 1_599 else 1_23
        alike.save(force_insert=True)
    small = statements.movements(taken(came("1.23", text="TED")).id)
    assert {told.invoice for told in proposals([one, *small]).values()} == {None}
