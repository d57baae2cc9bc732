"""Payments that are recorded, written off and disputed at once, and beside charges: nothing counts twice (INV-5, PAY-7)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from abono.domain.credit import queries as credit
from abono.domain.identity.roles import Role
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import Status
from abono.domain.payments import refunds
from abono.domain.payments.errors import ReceiptWithdrawn
from abono.domain.payments.models import Receipt
from abono.domain.payments.receipts import Came
from abono.domain.payments.states import Because, Way
from abono.domain.withholding.actions import set_rate
from abono.domain.withholding.types import NewRate
from abono.flows.approvals.ask import ask_refund
from abono.flows.approvals.decide import approve
from abono.flows.check_books import check_books
from abono.flows.collecting.charge import charge_invoice
from abono.flows.refunds.give_back import give_back
from abono.flows.standing.record import record_payment, withdraw_payment
from abono.flows.standing.write_off import write_off
from abono.flows.wallet import save_card
from abono.kernel.errors import Refusal
from abono.kernel.ids import uuid7
from abono.platform import clock
from tests.concurrency.test_flows import at_once
from tests.scenarios.taking_back import AUGUST_1, unpaid_renewal
from tests.scenarios.test_cycles import JULY_1
from tests.scenarios.test_requests import asked, paid
from tests.work import ask_gateways, renew_due
from tests.world import HOUR, load_catalog, make_colleague, make_olga, make_padaria, moment

pytestmark = pytest.mark.django_db(transaction=True)
LATER = JULY_1 + HOUR


@pytest.fixture
def padaria(gateway):
    load_catalog()
    return make_padaria()


@pytest.fixture
def owing(padaria):
    """The invoice of July, 700.00, which the card did not pay."""
    return unpaid_renewal(padaria)


def record(invoice, minor, receipt_id=None):
    return record_payment(
        invoice_id=invoice.id,
        came=Came(Way.TRANSFER, minor, JULY_1.date()),
        receipt_id=receipt_id,
        actor="olga",
        now=LATER,
    )


@pytest.mark.rule("INV-5", part="part paid, refunded, written off, disputed")
def test_pressed_at_once_a_payment_is_recorded_once_and_taken_back_once(owing):
    receipt_id = uuid7()
    answers = at_once(lambda _n: record(owing, 300_00, receipt_id))
    assert {one.id for one in answers} == {receipt_id}
    assert (Receipt.objects.count(), invoices.get(owing.id).owed_minor) == (1, 400_00)
    gone = at_once(lambda _n: withdraw_payment(receipt_id=receipt_id, why="bounced", actor="olga", now=LATER))
    assert len([one for one in gone if isinstance(one, ReceiptWithdrawn)]) == len(gone) - 1
    assert invoices.get(owing.id).owed_minor == 700_00
    assert check_books() == []


@pytest.mark.rule("INV-5", part="part paid, refunded, written off, disputed")
@pytest.mark.rule("PAY-7", part="never repeated blindly")
def test_a_payment_that_is_recorded_while_the_card_is_charged_counts_once(padaria, owing, gateway):
    save_card(customer_id=padaria.customer_id, frame_ref="ok", use=True, actor="ana", now=LATER)

    def work(number: int) -> object:
        if number % 3 == 1:
            return record(owing, 300_00)
        if number % 3 == 2:
            return write_off(invoice_id=owing.id, why="insolvent", actor="olga", now=LATER)
        return charge_invoice(
            invoice_id=owing.id,
            customer_id=padaria.customer_id,
            method_id=None,
            off_session=False,
            actor="ana",
            moment=moment(LATER),
        )

    for answer in at_once(work):
        assert not isinstance(answer, Exception) or isinstance(answer, Refusal), answer
    found = invoices.get(owing.id)
    assert found.status in (Status.PAID, Status.WRITTEN_OFF)
    assert check_books() == []


@pytest.mark.rule("INV-5", part="part paid, refunded, written off, disputed")
@pytest.mark.rule("PAY-7", part="never repeated blindly")
def test_recorded_taken_back_charged_and_renewed_at_once_each_counts_once(padaria, owing, gateway):
    """What is more than is owed pays the renewal of August, or that is charged: never both."""
    save_card(customer_id=padaria.customer_id, frame_ref="ok", use=True, actor="ana", now=LATER)
    first = record(owing, 100_00)

    def work(number: int) -> object:
        if number % 4 == 0:
            return record(owing, 900_00)
        if number % 4 == 1:
            return withdraw_payment(receipt_id=first.id, why="bounced", actor="olga", now=LATER)
        if number % 4 == 2:
            return renew_due(now=AUGUST_1)
        return charge_invoice(
            invoice_id=owing.id,
            customer_id=padaria.customer_id,
            method_id=None,
            off_session=False,
            actor="ana",
            moment=moment(LATER),
        )

    for answer in at_once(work):
        assert not isinstance(answer, Exception) or isinstance(answer, Refusal), answer
    came = Receipt.objects.filter(withdrawn_at=None).values_list("amount_minor", flat=True)
    owed = sum(one.owed_minor for one in Invoice.objects.filter(contract_id=padaria.contract_id))
    paid = sum(gateway.book.values()) + sum(came)
    assert paid - credit.balance(padaria.contract_id) == 1_349_00 + 2 * 700_00 - owed
    assert check_books() == []


@pytest.mark.rule("PAY-6", part="withheld")
@pytest.mark.parametrize(("minors", "over"), [((328_47, 328_48), 0), ((656_95, 656_95), 656_95)])
def test_of_two_payments_at_once_one_settles_with_what_was_withheld_and_it_counts_once(
    padaria, owing, minors, over
):
    """6.15 % of 700.00 are 43.05."""
    rate = NewRate("Taxes", Decimal("6.15"), JULY_1.date())
    set_rate(rate, why="a law", actor="olga", now=JULY_1)
    answers = at_once(lambda number: record(owing, minors[number]), threads=2)
    assert sorted(one.withheld.minor for one in answers) == [0, 43_05]
    found = invoices.get(owing.id)
    assert (found.status, found.received_minor, found.withheld_minor) == (Status.PAID, 700_00, 43_05)
    assert credit.balance(padaria.contract_id) == over
    assert check_books() == []


@pytest.mark.rule("PAY-9", part="full and part")
@pytest.mark.parametrize("by", ["refunds", "second persons"])
def test_what_came_goes_back_once_however_many_press_or_agree(padaria, owing, bank, by):
    """Of a Pix of 750.00, 50.00 of it credit, 30.00 each."""
    paid(bank, asked(padaria, owing.id), 750_00)
    if by == "refunds":
        answers = at_once(
            lambda _n: give_back(
                invoice_id=owing.id,
                amount_minor=30_00,
                because=Because.TWICE,
                why="x",
                actor="olga",
                moment=moment(LATER),
            )
        )
    else:
        olga, otto, rita = (
            make_olga(),
            *(make_colleague(name, Role.BILLING) for name in ("Otto B.", "Rita M.")),
        )
        said = {"because": Because.TWICE, "why": "x", "actor": f"person:{olga}", "now": LATER}
        waits = [ask_refund(invoice_id=owing.id, amount_minor=30_00, **said).id for _two in range(2)]
        answers = at_once(
            lambda n: approve(approval_id=waits[n % 2], person_id=(otto, rita)[n // 2 % 2], now=LATER)
        )
    assert all(isinstance(one, Refusal) or one for one in answers)
    assert [one.amount.minor for one in refunds.of_invoices([owing.id])] == [30_00]
    assert credit.balance(padaria.contract_id) == 20_00
    at_once(lambda _n: ask_gateways(real=clock.now() + HOUR))
    assert [minor for _of, minor in bank.returns.values()] == [30_00]
    assert check_books() == []
