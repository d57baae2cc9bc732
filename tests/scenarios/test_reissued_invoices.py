"""An invoice that nobody has paid is cancelled and made out anew; it keeps its number, the new one names it (INV-4)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from abono.domain.credit import queries as credit
from abono.domain.customers.models import Customer
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import CreditedAlready, InvoiceNotPayable, NoSuchInvoice
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import Outlook, State
from abono.domain.notices.models import Notice
from abono.domain.payments import unmatched
from abono.domain.payments.errors import PaymentUnderWay
from abono.domain.payments.models import Attempt
from abono.domain.payments.ports.port import ChargeReply
from abono.domain.payments.ports.port import Outcome as Answer
from abono.flows.billing.outlook import outlook
from abono.flows.collecting.hear import hear
from abono.flows.corrections.reissue import reissue_invoice
from abono.flows.limits.tell_thresholds import tell_thresholds
from abono.kernel.money import Money
from abono.platform.models import Event
from tests.books import check_books
from tests.scenarios.paying import pay
from tests.scenarios.taking_back import PLAN, good_card, newest, take_back, unpaid_renewal
from tests.scenarios.test_cycles import JULY_1, lines_of
from tests.scenarios.test_limits import block, state_of
from tests.work import renew_due
from tests.world import DAY, HOUR, make_luna, moment

LATER = JULY_1 + 3 * DAY


def anew(invoice, why="The name was wrong.", now=LATER, **whose):
    return reissue_invoice(invoice_id=invoice.id, why=why, actor="olga", now=now, **whose)


@pytest.mark.rule("INV-4", part="re-issued")
@pytest.mark.rule("INV-4", part="never changes")
def test_it_is_cancelled_keeps_its_number_and_the_new_one_names_it(padaria, gateway):
    before = unpaid_renewal(padaria)
    Customer.objects.filter(id=padaria.customer_id).update(legal_name="Padaria Sol e Lua Ltda.")

    made = anew(before)

    old = invoices.get(before.id)
    assert (old.state, old.title, old.buyer) == (State.CANCELLED, "A-000002", before.buyer)
    assert old.replaced_by is not None
    assert old.replaced_by.title == made.title == "A-000003"
    assert made.replaces is not None
    assert made.replaces.title == "A-000002"
    assert (made.state, made.owed_minor, lines_of(made)) == (State.PENDING, 700_00, lines_of(before))
    assert made.buyer.legal_name == "Padaria Sol e Lua Ltda."
    assert made.due_date == LATER.date()  # on its issue, as before
    assert [one.title for one in invoices.list_for_customer(padaria.customer_id)] == [
        "A-000003",
        "A-000002",
        "A-000001",
    ]
    event = Event.objects.filter(name="invoice.cancelled").get()
    assert (event.actor, event.why) == ("olga", "The name was wrong.")
    issued = Event.objects.filter(name="invoice.issued").latest("id")
    assert issued.data["replaces"] == old.public_id
    assert Notice.objects.filter(kind="invoice_issued").latest("created_at").facts["replaces"] == "A-000002"

    good_card(padaria)
    assert pay(padaria, made.id, now=LATER + HOUR).paid
    renew_due(now=JULY_1 + 31 * DAY)
    assert newest(padaria).total_minor == 700_00
    assert sorted(gateway.book.values()) == [700_00, 700_00, 1_349_00]  # July once, August, the first
    assert check_books() == []


@pytest.mark.rule("INV-4", part="re-issued")
def test_it_is_asked_for_as_the_old_one_was(padaria):
    refused = unpaid_renewal(padaria, card="refused")  # asked again by itself
    waited = outlook(refused)
    assert waited is not None
    assert waited.outlook is Outlook.SCHEDULED
    made = anew(refused, now=JULY_1 + timedelta(minutes=1))
    assert outlook(made) == waited
    assert not Attempt.objects.filter(invoice_id=made.id).exists()


@pytest.mark.rule("INV-9", part="never negative")
def test_credit_that_had_paid_of_it_goes_over_to_the_new_one(padaria):
    take_back(newest(padaria), (PLAN, 300_00))
    before = unpaid_renewal(padaria)
    assert before.owed_minor == 400_00
    made = anew(before)
    assert (made.owed_minor, made.credit_used_minor) == (400_00, 300_00)
    assert invoices.get(before.id).credit_used_minor == 0
    assert credit.balance(padaria.contract_id) == 0
    assert check_books() == []


@pytest.mark.rule("LIM-4")
def test_an_interim_invoice_made_out_anew_opens_sending_when_it_is_paid(padaria):
    block(padaria)
    tell_thresholds()
    made = anew(newest(padaria), now=JULY_1 - 10 * DAY)
    assert state_of(padaria).blocked_at is not None
    assert pay(padaria, made.id, now=JULY_1 - 10 * DAY + HOUR).paid
    assert state_of(padaria).blocked_at is None
    assert check_books() == []


@pytest.mark.rule("INV-4", part="re-issued")
@pytest.mark.rule("PAY-7")
def test_what_is_paid_under_way_or_corrected_already_is_not_made_out_anew(padaria):
    first = newest(padaria)
    july = unpaid_renewal(padaria, card="lost")
    with pytest.raises(PaymentUnderWay):
        anew(july)
    with pytest.raises(InvoiceNotPayable):
        anew(first)
    with pytest.raises(NoSuchInvoice):
        anew(july, customer_id=make_luna().customer_id)
    hear(
        attempt_id=Attempt.objects.get(state="unknown").id,
        reply=ChargeReply(Answer.NEVER_RECEIVED),
        actor="system",
        moment=moment(LATER),
    )
    take_back(july, (PLAN, 1), now=LATER)
    with pytest.raises(CreditedAlready):
        anew(july)
    assert not Invoice.objects.filter(state="cancelled").exists()


@pytest.mark.rule("INV-4", part="re-issued")
def test_a_second_press_makes_no_second_one(padaria):
    july = unpaid_renewal(padaria)
    anew(july)
    with pytest.raises(InvoiceNotPayable):
        anew(july)
    assert Invoice.objects.count() == 3


@pytest.mark.rule("PAY-12", part="shown, never applied")
def test_money_that_comes_late_for_the_cancelled_one_is_looked_at(padaria):
    july = unpaid_renewal(padaria, card="refused")
    attempt = Attempt.objects.latest("id")
    made = anew(july)
    paid = ChargeReply(Answer.PAID, "late", Money(700_00, "BRL"))
    hear(attempt_id=attempt.id, reply=paid, actor="system", moment=moment(LATER + HOUR))
    [money] = unmatched.open_money()
    assert (money.why.value, money.taken) == ("surplus", Money(700_00, "BRL"))
    assert invoices.get(made.id).owed_minor == 700_00
