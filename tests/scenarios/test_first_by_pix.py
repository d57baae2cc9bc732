"""The first purchase is paid by Pix: active in the moment in which it is paid, and nothing before (PAY-3, CON-3, CON-4)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from abono.domain.contracts import actions as contract_actions
from abono.domain.contracts import queries as contracts
from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import State
from abono.domain.credit import queries as credit
from abono.domain.customers.models import Customer
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import Status
from abono.domain.notices.models import Notice
from abono.domain.payments import receipts
from abono.domain.payments.errors import CardDeclined, MeansNotOffered
from abono.domain.payments.models import PaymentMethod
from abono.domain.payments.states import RequestState, Way
from abono.domain.payments.tables.requested import PaymentRequest
from abono.domain.withholding.actions import set_rate
from abono.domain.withholding.types import NewRate
from abono.flows.requests.ask import ask_for, look
from abono.flows.requests.hear import apply
from abono.flows.signup.forget import forget_unpaid
from abono.flows.signup.otherwise import go_on_otherwise
from abono.flows.signup.progress import Stage, progress
from abono.kernel.due import Means
from abono.platform import clock
from tests.books import check_books
from tests.scenarios.test_cycles import JULY_1
from tests.work import renew_due
from tests.world import HOUR, JUNE_1, LUNA, begin_signup, moment, sign


@pytest.fixture
def order():
    return begin_signup()


def stands(order):
    return progress(contract_actions.read_signup(order))


def paid(bank, request, on=JUNE_1):
    bank.pay(request.id.hex, on=on.date())
    apply(request, bank.find(request.id.hex, ""), moment=moment(on))


@pytest.mark.rule("PAY-3", part="first by card or Pix")
@pytest.mark.rule("CON-4", part="active when known")
def test_a_contract_is_active_in_the_moment_in_which_its_pix_is_paid_and_goes_on_by_pix(bank, order):
    signed = sign(card=None, signup_id=order)
    assert not signed.active
    stand = stands(order)
    assert (stand.stage, stand.asked.state, stand.asked.amount.minor) == (
        Stage.TO_PAY,
        RequestState.PAYABLE,
        1_349_00,  # plan 600.00, package 100.00, activation fee 649.00
    )
    assert bank.asked[stand.asked.id.hex].title == contracts.get(signed.contract_id).number
    again = sign(card=None, signup_id=order)
    assert (again, bank.calls) == (signed, 1)  # pressed twice

    paid(bank, stand.asked)
    assert stands(order).stage is Stage.DONE
    contract = contracts.get(signed.contract_id)
    assert (contract.state, contract.adhesion_date) == (State.ACTIVE, date(2026, 6, 1))
    [first] = invoices.list_for_customer(signed.customer_id)
    [receipt] = receipts.of_invoice(first.id)
    assert (first.status, receipt.way) == (Status.PAID, Way.PIX)

    renew_due(now=JULY_1)  # no card is there to be asked
    july = invoices.list_for_customer(signed.customer_id)[0]
    assert (july.means, july.due_date) == (Means.PIX, date(2026, 7, 4))
    asked = ask_for(
        invoice_id=july.id,
        customer_id=signed.customer_id,
        means=Means.PIX,
        actor="ana",
        moment=moment(JULY_1),
    )
    paid(bank, asked, on=JULY_1)
    assert invoices.get(july.id).status is Status.PAID
    assert check_books() == []


@pytest.mark.rule("CON-4", part="nothing active")
@pytest.mark.rule("CON-4", part="never a second charge")
def test_one_that_is_not_paid_leaves_the_order_open_for_a_card_and_what_comes_late_is_credit(bank, order):
    signed = sign(card=None, signup_id=order)
    pix = stands(order).asked
    assert go_on_otherwise(signup_id=order, moment=moment(JUNE_1)).open
    assert contracts.get(signed.contract_id).state is State.PENDING

    with pytest.raises(CardDeclined):
        sign(signup_id=order, card="decline:balance")
    assert stands(order).stage is Stage.DECLINED
    assert sign(signup_id=order) == sign(signup_id=order, card=None)  # a card; then it is done
    assert contracts.get(signed.contract_id).state is State.ACTIVE
    paid(bank, pix)  # their bank was slow
    assert credit.balance(signed.contract_id) == 1_349_00
    assert check_books() == []


def test_one_that_is_paid_after_it_ran_out_makes_the_contract_active_all_the_same(bank, order):
    signed = sign(card=None, signup_id=order)
    pix = stands(order).asked
    bank.ended.add(pix.id.hex)
    look(request_id=pix.id, real=clock.now())
    assert (stands(order).stage, stands(order).asked.id) == (Stage.OPEN, pix.id)
    paid(bank, pix)
    assert contracts.get(signed.contract_id).state is State.ACTIVE
    assert check_books() == []


def test_an_order_that_nobody_paid_is_forgotten_once_its_pix_cannot_be_paid_any_more(bank, order):
    long_ago = clock.now() - timedelta(days=60)
    begun = begin_signup(now=long_ago)
    sign(card=None, signup_id=begun, now=long_ago)
    forget_unpaid(now=clock.now())
    assert Contract.objects.count() == 1  # it can be paid still
    go_on_otherwise(signup_id=begun, moment=moment(long_ago))
    PaymentRequest.objects.update(until=clock.now() - HOUR)
    forget_unpaid(now=clock.now())
    assert (Contract.objects.count(), Customer.objects.count(), PaymentRequest.objects.count()) == (0, 0, 0)


@pytest.mark.rule("CON-8")
def test_only_who_is_of_brazil_pays_first_by_pix_and_only_where_the_seller_has_it(bank, settings):
    with pytest.raises(MeansNotOffered):
        sign(card=None, customer=LUNA, package="usd-20", currency="USD")
    settings.PUSH_GATEWAYS = {"slip": "bank"}
    with pytest.raises(MeansNotOffered):
        sign(card=None)
    assert not PaymentMethod.objects.exists()
    assert Contract.objects.count() == 0


@pytest.mark.rule("PAY-6", part="withheld")
def test_less_by_the_taxes_that_the_buyer_withholds_pays_the_first_purchase_too(bank, order):
    """4.65 % of 1,349.00 are 62.73; any other sum that is less is kept for somebody to look at."""
    rate = NewRate("CSRF", Decimal("4.65"), JUNE_1.date(), country="BR", buyer="company")
    set_rate(rate, why="Lei 10.833/2003", actor="olga", now=JUNE_1)
    sign(card=None, signup_id=order)
    bank.pay(stands(order).asked.id.hex, 1_286_27, on=JUNE_1.date())
    apply(stands(order).asked, bank.find(stands(order).asked.id.hex, ""), moment=moment(JUNE_1))
    assert stands(order).stage is Stage.DONE
    [first] = invoices.list_for_customer(Customer.objects.get().id)
    assert (first.status, first.received_minor, first.withheld_minor) == (Status.PAID, 1_349_00, 62_73)
    [receipt] = receipts.of_invoice(first.id)
    assert (receipt.amount.minor, receipt.credit.minor) == (1_286_27, 0)
    assert Notice.objects.get(kind="payment_received").facts["withheld_minor"] == 62_73
    assert check_books() == []
