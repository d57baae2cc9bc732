"""A contract that is regretted while an invoice of it stands otherwise than paid: all that was paid goes back all the same (CON-10,
INV-5)."""

from __future__ import annotations

import pytest

from abono.domain.credit import queries as credit
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import FiscalType
from abono.domain.payments.receipts import Came
from abono.domain.payments.states import Way
from abono.flows.endings.dispute import end_dispute
from abono.flows.endings.regret import preview_regret
from abono.flows.one_off.draft import Written, seen, write_draft
from abono.flows.one_off.issue import issue_one_off
from abono.flows.standing.dispute import open_dispute
from abono.flows.standing.record import record_payment
from abono.flows.standing.write_off import write_off
from abono.kernel.ids import uuid7
from abono.kernel.money import Money
from abono.platform import clock
from tests.books import check_books
from tests.scenarios.paying import card
from tests.scenarios.taking_back import PLAN, newest, take_back
from tests.scenarios.test_regret import give_up
from tests.work import ask_gateways, renew_due
from tests.world import HOUR, JUNE_1, moment

pytestmark = pytest.mark.rule("CON-10", part="full refund in one press")
LATER = JUNE_1 + HOUR
OLGA = {"actor": "olga", "why": "x", "now": LATER}


def owing(padaria):
    """A one-off invoice of 500.00 that the card did not pay, and of which 200.00 came by transfer."""
    card(padaria, "decline:balance")
    line = Written("Training", 1, 500_000_000, FiscalType.SVA)
    found = write_draft(contract_id=padaria.contract_id, named=uuid7(), lines=[line], now=LATER)
    issue_one_off(invoice_id=found.id, accepted=seen(found), **OLGA)
    renew_due(now=LATER)
    came = Came(Way.TRANSFER, 200_00, LATER.date(), "E2E-1", "seen")
    record_payment(invoice_id=found.id, came=came, actor="olga", now=LATER)
    return invoices.get(found.id)


def gone_back(gateway):
    ask_gateways(real=clock.now())
    return sum(one.amount.minor for one in gateway.refunds.values())


def test_what_came_for_an_invoice_that_was_written_off_goes_back(padaria, gateway):
    write_off(invoice_id=owing(padaria).id, **OLGA)
    give_up(padaria)
    assert gone_back(gateway) + credit.balance(padaria.contract_id) == 1_349_00 + 200_00
    assert check_books() == []


@pytest.mark.parametrize("won", [True, False])
def test_what_came_for_one_that_is_disputed_goes_back_once_that_ends(padaria, gateway, won):
    found = owing(padaria)
    open_dispute(invoice_id=found.id, **OLGA)
    give_up(padaria)
    end_dispute(invoice_id=found.id, won=won, why="x", actor="olga", moment=moment(LATER))
    assert gone_back(gateway) + credit.balance(padaria.contract_id) == 1_349_00 + 200_00
    assert invoices.get(found.id).owed_minor == 0
    assert check_books() == []


@pytest.mark.parametrize(("won", "goes_back"), [(True, 1_349_00), (False, 749_00)])
def test_a_payment_that_is_disputed_goes_back_once_whoever_wins(padaria, gateway, won, goes_back):
    first = newest(padaria)
    open_dispute(invoice_id=first.id, amount_minor=600_00, **OLGA)
    give_up(padaria)
    assert gone_back(gateway) == 0
    end_dispute(invoice_id=first.id, won=won, why="x", actor="olga", moment=moment(LATER))
    assert gone_back(gateway) + credit.balance(padaria.contract_id) == goes_back
    assert invoices.get(first.id).owed_minor == 0
    assert check_books() == []


def test_what_credit_paid_of_one_that_is_disputed_is_not_promised_before_that_ends(padaria, gateway):
    first, found = newest(padaria), owing(padaria)
    take_back(first, (PLAN, 100_00), now=LATER)  # it pays of the one that is owed
    open_dispute(invoice_id=found.id, **OLGA)
    shown = preview_regret(contract_id=padaria.contract_id, now=LATER)
    assert shown.amount == give_up(padaria).amount == Money(1_249_00, "BRL")
    end_dispute(invoice_id=found.id, won=True, why="x", actor="olga", moment=moment(LATER))
    assert (gone_back(gateway), credit.balance(padaria.contract_id)) == (1_349_00, 200_00)
    assert check_books() == []
