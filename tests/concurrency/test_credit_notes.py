"""Credit notes at once, and beside payments, against the real database: never above what is left, never twice."""

from __future__ import annotations

import pytest

from abono.domain.credit import queries as credit
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import AboveTheLine
from abono.domain.invoicing.models import CreditNote, Invoice, InvoiceLine
from abono.domain.invoicing.types import LineCredit
from abono.flows.check_books import check_books
from abono.flows.collecting.charge import charge_invoice
from abono.flows.corrections.credit_note import issue_credit_note
from abono.flows.wallet import save_card
from abono.kernel.errors import Refusal
from tests.concurrency.test_flows import THREADS, at_once
from tests.scenarios.test_cycles import JULY_1
from tests.work import renew_due
from tests.world import DAY, HOUR, load_catalog, make_padaria, moment

pytestmark = pytest.mark.django_db(transaction=True)
LATER = JULY_1 + HOUR


@pytest.fixture(autouse=True)
def catalog(gateway):
    load_catalog()


def take_back(invoice_id, minor, line=1):
    return issue_credit_note(
        invoice_id=invoice_id,
        lines=[LineCredit(line, minor)],
        why="a mistake",
        actor="olga",
        now=LATER,
    )


@pytest.mark.rule("INV-4", part="credit notes")
@pytest.mark.rule("INV-4", part="gapless")
def test_credit_notes_at_once_never_take_back_more_than_a_line_has():
    padaria = make_padaria()
    [first] = invoices.list_for_customer(padaria.customer_id)
    answers = at_once(lambda _n: take_back(first.id, 250_00))  # twice fits into 600.00
    assert len([a for a in answers if isinstance(a, AboveTheLine)]) == THREADS - 2
    assert sorted(CreditNote.objects.values_list("number", flat=True)) == [1, 2]
    assert InvoiceLine.objects.get(invoice_id=first.id, position=1).credited_minor == 500_00
    assert credit.balance(padaria.contract_id) == 500_00
    assert check_books() == []


@pytest.mark.rule("INV-9", part="never negative")
def test_credit_is_used_once_when_it_comes_while_many_workers_renew(gateway):
    padaria = make_padaria()
    [first] = invoices.list_for_customer(padaria.customer_id)

    def work(number: int) -> object:
        if number % 2:
            return renew_due(now=JULY_1 + 31 * DAY)  # two cycles are due
        return take_back(first.id, 100_00)

    at_once(work)
    used = sum(Invoice.objects.values_list("credit_used_minor", flat=True))
    assert used + credit.balance(padaria.contract_id) == THREADS // 2 * 100_00
    assert sum(gateway.book.values()) == 1_349_00 + 2 * 700_00 - used
    assert check_books() == []


@pytest.mark.rule("INV-4", part="credit notes")
def test_a_credit_note_and_a_payment_at_once_never_charge_what_is_not_owed(gateway):
    padaria = make_padaria()
    save_card(customer_id=padaria.customer_id, frame_ref="decline:balance", use=True, actor="ana", now=LATER)
    renew_due(now=JULY_1)
    invoice = invoices.list_for_customer(padaria.customer_id)[0]
    save_card(customer_id=padaria.customer_id, frame_ref="ok", use=True, actor="ana", now=LATER)

    def work(number: int) -> object:
        if number % 2:
            return take_back(invoice.id, 100_00, line=2)
        return charge_invoice(
            invoice_id=invoice.id,
            customer_id=padaria.customer_id,
            method_id=None,
            off_session=False,
            actor="ana",
            moment=moment(LATER),
        )

    answers = at_once(work, threads=4)
    paid = sum(gateway.book.values()) - 1_349_00
    taken_back = sum(CreditNote.objects.values_list("total_minor", flat=True))
    assert taken_back in (0, 100_00)
    assert paid - credit.balance(padaria.contract_id) == 700_00 - taken_back
    assert [a for a in answers if not isinstance(a, Refusal)]
    assert check_books() == []
