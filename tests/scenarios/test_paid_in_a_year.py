"""What was paid in a year, by contract and month, less what went back; and whether nothing of it is owed any more."""

from __future__ import annotations

from datetime import date

import pytest

from abono.domain.customers import queries as customers
from abono.domain.payments.receipts import Came
from abono.domain.payments.states import Way
from abono.flows.documents.year import sentences, year_file, year_of
from abono.flows.standing.record import record_payment, withdraw_payment
from abono.kernel.money import Money
from tests.pdfs import words
from tests.scenarios.taking_back import unpaid_renewal
from tests.scenarios.test_cycles import JULY_1
from tests.scenarios.test_regret import ask_gateways, give_up
from tests.world import DAY, make_luna, today

NEXT_YEAR = date(2027, 1, 1)


def brl(minor):
    return Money(minor, "BRL")


def told(tenant, year=2026, as_of=NEXT_YEAR):
    return year_of(customers.get(tenant.customer_id), year, today=as_of)


def months(found):
    return [(one.first.month, one.paid.minor, one.back.minor) for of in found.contracts for one in of.months]


@pytest.mark.rule("FIN-2", part="export")
def test_payments_count_when_they_were_paid_and_mistakes_never(padaria):
    """1,349.00 of the first purchase by card in June; of July's 700.00 a transfer of 300.00, paid on the last of June and recorded in
    July, and another that was a mistake."""
    invoice = unpaid_renewal(padaria)
    known = {"invoice_id": invoice.id, "actor": "olga", "now": JULY_1 + 2 * DAY}
    record_payment(came=Came(Way.TRANSFER, 300_00, date(2026, 6, 30)), **known)
    wrong = record_payment(came=Came(Way.CASH, 400_00, date(2026, 7, 2)), **known)
    withdraw_payment(receipt_id=wrong.id, why="Of somebody else.", actor="olga", now=JULY_1 + 3 * DAY)
    found = told(padaria)
    assert months(found) == [(6, 1_649_00, 0)]
    assert (found.open, found.settled) == (1, False)
    assert found.years == [2027, 2026]

    record_payment(came=Came(Way.TRANSFER, 400_00, date(2026, 7, 3)), **known)
    found = told(padaria)
    assert months(found) == [(6, 1_649_00, 0), (7, 400_00, 0)]
    [of] = found.contracts
    assert (of.number, of.rest) == (padaria.contract.number, brl(2_049_00))
    assert (found.open, found.settled) == (0, True)
    assert "Lei 12.007/2009" in sentences(found, "en")[0]
    assert not told(padaria, as_of=date(2026, 12, 31)).settled  # it is not over
    assert (months(told(padaria, 2027)), told(padaria, 2027, date(2028, 1, 1)).settled) == ([], False)
    name, paper = year_file(customers.get(padaria.customer_id), 2026, "pt-br", today=NEXT_YEAR)
    assert name == "paid-2026.pdf"
    written = words(paper)
    for said in ("O que foi pago", "junho de 2026", "R$ 2.049,00", "Declaração de quitação anual de débitos"):
        assert said in written


def test_what_went_back_counts_in_its_month_and_others_have_their_own(padaria, gateway):
    luna = make_luna()
    give_up(padaria)
    ask_gateways()
    found = told(padaria, today().year)
    sums = [(of.paid, of.back, of.rest) for of in found.contracts]
    assert sums == [(brl(1_349_00), brl(1_349_00), brl(0))]
    assert [one.currency for one in told(luna).contracts] == ["USD"]
    assert not told(luna).settled  # a law of Brazil
