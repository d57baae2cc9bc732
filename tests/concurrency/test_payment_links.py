"""Several who pay one invoice at the same moment, by links and in the portal: one charge, and the others are told (ACC-3, PAY-7)."""

from __future__ import annotations

import pytest

from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import InvoiceNotPayable
from abono.domain.invoicing.states import State
from abono.domain.payment_links.errors import NoSuchPaymentLink
from abono.domain.payments.errors import PaymentUnderWay
from abono.domain.payments.models import Attempt, PaymentMethod
from abono.flows.check_books import check_books
from abono.flows.collecting.charge import Charged, charge_invoice
from abono.flows.collecting.collect import collect
from abono.flows.payment_links.make import revoke_payment_link
from abono.flows.payment_links.pay import pay_by_link
from abono.flows.wallet import save_card
from abono.kernel.money import Money
from abono.platform import agenda, clock
from tests.concurrency.test_flows import at_once
from tests.payment_links import make, make_unpaid, unpaid
from tests.world import load_catalog, moment

pytestmark = pytest.mark.django_db(transaction=True)
SUM = Money(700_00, "BRL")


@pytest.fixture
def declined(gateway):
    load_catalog()
    return make_unpaid()


def pay(link, card="ok#1", accepted=SUM):
    return pay_by_link(link_id=link.id, frame_ref=card, accepted=accepted, moment=moment(clock.now()))


def charged(answers):
    return [one for one in answers if isinstance(one, Charged) and one.paid]


@pytest.mark.rule("ACC-3", part="payment link")
@pytest.mark.rule("PAY-7")
def test_of_many_who_pay_at_the_same_moment_one_does(declined, gateway):
    invoice, links, before = unpaid(declined), [make(declined), make(declined)], len(gateway.calls)
    save_card(customer_id=declined.customer_id, frame_ref="ok", use=True, actor="ana", now=clock.now())

    def act(n: int) -> object:
        if n % 3 == 2:
            return charge_invoice(
                invoice_id=invoice.id,
                customer_id=declined.customer_id,
                method_id=None,
                off_session=False,
                actor="ana",
                moment=moment(clock.now()),
            )
        return pay(links[n % 3], f"ok#{n}")

    answers = at_once(act)
    assert len(charged(answers)) == 1
    others = {type(one) for one in answers if not isinstance(one, Charged)}
    assert others <= {InvoiceNotPayable, PaymentUnderWay}
    assert len(gateway.calls) == before + 1
    assert invoices.get(invoice.id).state is State.PAID
    once = PaymentMethod.objects.filter(once=True)
    assert once.count() <= 1
    assert set(once.values_list("token", flat=True)) <= set(gateway.forgotten)
    assert check_books() == []


def test_one_card_pressed_at_the_same_moment_in_several_tabs_is_charged_once(declined, gateway):
    link, before = make(declined), len(gateway.calls)
    answers = at_once(lambda _n: pay(link))
    assert charged(answers)
    assert {type(one) for one in answers} <= {Charged, InvoiceNotPayable, PaymentUnderWay}
    assert len(gateway.calls) == before + 1
    assert Attempt.objects.filter(method__once=True).count() == 1


def test_revoked_at_the_moment_of_paying_it_is_paid_or_nothing_is_charged(declined, gateway):
    link, before = make(declined), len(gateway.calls)

    def act(n: int) -> object:
        if n == 1:
            return revoke_payment_link(
                link_id=link.id, customer_id=declined.customer_id, actor="ana", now=clock.now()
            )
        return pay(link, f"ok#{n}")

    answers = at_once(act)
    taken = len(gateway.calls) - before
    assert taken == len(charged(answers)) <= 1
    assert {type(one) for one in answers if type(one) is not Charged} <= {
        InvoiceNotPayable,
        PaymentUnderWay,
        NoSuchPaymentLink,
        type(link),
    }


@pytest.mark.rule("PAY-8")
def test_a_strangers_payment_that_comes_to_nothing_does_not_stop_the_cards_own_charge(declined, gateway):
    link, invoice = make(declined), unpaid(declined)
    now = clock.now()
    save_card(customer_id=declined.customer_id, frame_ref="ok", use=True, actor="ana", now=now)
    pay(link, "lost#1")
    assert collect(invoice_id=invoice.id, moment=moment(now))
    due = agenda.find("collect", subject=invoice.id)
    assert due is not None
    assert due.due_at > now
