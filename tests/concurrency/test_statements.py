"""Statements that are taken, and movements that pay, at once: each stands and pays once (PAY-6, PAY-7)."""

from __future__ import annotations

import pytest

from abono.domain.invoicing import queries as invoices
from abono.domain.payments.models import Receipt
from abono.domain.statements.errors import MovementDecided
from abono.domain.statements.models import Movement, Statement
from abono.flows.check_books import check_books
from abono.flows.statements.match import leave_out, pay
from abono.flows.statements.take import take
from tests.concurrency.test_flows import at_once
from tests.ofx import entry, statement
from tests.scenarios.taking_back import unpaid_renewal
from tests.scenarios.test_cycles import JULY_1
from tests.world import DAY, load_catalog, make_padaria, moment

pytestmark = pytest.mark.django_db(transaction=True)
LATER = JULY_1 + 2 * DAY
BY_OLGA = {"actor": "olga", "moment": moment(LATER)}


@pytest.mark.rule("PAY-7", part="news twice, late, in any order")
def test_taken_at_once_each_movement_stands_once_and_pays_once(gateway):
    load_catalog()
    padaria = make_padaria()
    owing, [first, *_more] = unpaid_renewal(padaria), invoices.list_for_customer(padaria.customer_id)[::-1]
    lines = [entry(JULY_1.date(), f"{n}.00", str(n), "PIX") for n in (*range(1, 40), 300)]

    def upload(number: int) -> object:
        some = statement(lines) if number % 2 else statement(lines[::-1], branch="0810")
        return take(name="a.ofx", content=some, actor="olga", real=LATER)

    for answer in at_once(upload):
        assert not isinstance(answer, Exception), answer
    assert (Statement.objects.count(), Movement.objects.count()) == (2, 40)

    large = Movement.objects.get(amount_minor=300_00)

    def say(number: int) -> object:
        if number % 3 == 2:
            return leave_out(movement_id=large.id, why="known", **BY_OLGA)
        return pay(movement_id=large.id, invoice_id=(owing, first)[number % 3].id, **BY_OLGA)

    for answer in at_once(say):
        assert not isinstance(answer, Exception) or isinstance(answer, MovementDecided), answer
    large.refresh_from_db()
    assert Receipt.objects.count() == (large.did == "paid")
    assert check_books() == []
