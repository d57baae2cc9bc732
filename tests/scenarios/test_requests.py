"""An invoice is paid by slip or Pix: asked for once, paid less, more, twice and late (PAY-2, PAY-4, PAY-6, PAY-7)."""

from __future__ import annotations

from datetime import date

import pytest

from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import State
from abono.domain.credit import queries as credit
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import InvoiceNotPayable
from abono.domain.invoicing.states import Outlook, Status
from abono.domain.notices.models import Notice
from abono.domain.payments import receipts, unmatched
from abono.domain.payments.errors import MeansNotOffered, NoCard, PaymentUnderWay, SlipNotYet
from abono.domain.payments.models import PaymentMethod
from abono.domain.payments.pushed import requests
from abono.domain.payments.pushed.means import Choice
from abono.domain.payments.states import RequestState, Way
from abono.flows.billing.offered import Offer, offers, paid_by, require, slips_from
from abono.flows.billing.outlook import outlook
from abono.flows.limits.interim import issue_interim
from abono.flows.requests.ask import ask_for, look, look_at_unwanted
from abono.flows.requests.choose import choose_means
from abono.flows.requests.hear import apply
from abono.kernel.due import Means
from abono.platform import clock
from tests.books import check_books
from tests.scenarios.paying import card, pay
from tests.scenarios.taking_back import good_card, unpaid_renewal
from tests.scenarios.test_cycles import JULY_1
from tests.scenarios.test_limits import LATER as IN_JUNE
from tests.scenarios.test_limits import block, state_of
from tests.work import ask_gateways, renew_due
from tests.world import DAY, HOUR, make_luna, moment

LATER = JULY_1 + HOUR


@pytest.fixture
def owing(padaria, bank):
    """The invoice of July, 700.00, which the card did not pay."""
    return unpaid_renewal(padaria)


def asked(tenant, invoice_id, means=Means.PIX, now=LATER):
    return ask_for(
        invoice_id=invoice_id, customer_id=tenant.customer_id, means=means, actor="ana", moment=moment(now)
    )


def paid(bank, request, minor=None, *, now=LATER, **more):
    bank.pay(request.id.hex, minor, on=now.date(), **more)
    look(request_id=request.id, real=clock.now())
    return requests.get(request.id)


def stands(invoice_id):
    found = invoices.get(invoice_id)
    return found.status, found.owed_minor


def test_a_pix_that_is_paid_settles_its_invoice_and_the_books_agree(padaria, bank, owing):
    request = asked(padaria, owing.id)
    assert (request.state, request.pay_with, request.amount.minor) == (RequestState.PAYABLE, "PAY1", 700_00)
    assert bank.asked[request.id.hex].payer.tax_id == owing.buyer.tax_id

    assert paid(bank, request).state is RequestState.PAID
    assert stands(owing.id) == (Status.PAID, 0)
    (receipt,) = receipts.of_invoice(owing.id)
    assert (receipt.way, receipt.gateway, receipt.credit.minor) == (Way.PIX, "bank", 0)
    assert check_books() == []


@pytest.mark.rule("PAY-7", part="news twice, late, in any order")
def test_whoever_asks_twice_gets_the_same_and_an_answer_that_was_lost_asks_for_nothing_twice(
    padaria, bank, owing
):
    bank.says = "lost"
    request = asked(padaria, owing.id)
    assert request.state is RequestState.CREATED
    assert asked(padaria, owing.id).id == request.id
    bank.says = "payable"
    look(request_id=request.id, real=clock.now())
    assert requests.get(request.id).payable
    assert len(bank.asked) == 1

    bank.pay(request.id.hex, on=LATER.date())
    for _again in range(3):  # the same news, again and late
        look(request_id=request.id, real=clock.now())
    assert len(receipts.of_invoice(owing.id)) == 1


@pytest.mark.rule("PAY-7", part="asked until known")
def test_one_that_never_arrived_is_asked_for_once_more_by_itself(padaria, bank, owing):
    bank.says = "unheard"
    request = asked(padaria, owing.id)
    bank.says = "payable"
    ask_gateways(real=clock.now() + HOUR)
    assert requests.get(request.id).payable


@pytest.mark.rule("PAY-6", part="less")
def test_less_leaves_the_rest_open_which_can_be_asked_for(padaria, bank, owing):
    first = asked(padaria, owing.id)
    paid(bank, first, 300_00)
    assert stands(owing.id) == (Status.PART_PAID, 400_00)
    second = asked(padaria, owing.id)
    assert (second.id != first.id, second.amount.minor) == (True, 400_00)
    paid(bank, second)
    assert stands(owing.id) == (Status.PAID, 0)
    assert check_books() == []


@pytest.mark.rule("PAY-6", part="more")
@pytest.mark.rule("PAY-6", part="twice")
def test_more_and_twice_become_credit(padaria, bank, owing):
    request = asked(padaria, owing.id)
    paid(bank, request, 750_00)
    assert credit.balance(padaria.contract_id) == 50_00
    paid(bank, request)
    assert credit.balance(padaria.contract_id) == 750_00
    assert stands(owing.id) == (Status.PAID, 0)
    assert check_books() == []


@pytest.mark.rule("PAY-6", part="late")
def test_late_settles_as_in_time_is_of_its_day_and_ends_what_the_debt_restricted(padaria, bank, owing):
    slip = asked(padaria, owing.id, Means.SLIP)
    renew_due(now=JULY_1 + 11 * DAY)
    assert padaria.contract.state is State.RESTRICTED
    late = LATER + 14 * DAY
    paid(bank, slip, now=late)
    assert stands(owing.id) == (Status.PAID, 0)
    assert padaria.contract.state is State.ACTIVE
    assert [one.received_date for one in receipts.of_invoice(owing.id)] == [late.date()]
    assert credit.balance(padaria.contract_id) == 0
    assert check_books() == []


def test_what_is_paid_otherwise_is_taken_back_at_the_bank_and_money_that_comes_all_the_same_is_credit(
    padaria, bank, owing
):
    request = asked(padaria, owing.id)
    good_card(padaria)
    assert pay(padaria, owing.id, now=LATER).paid
    look_at_unwanted(real=clock.now())
    ask_gateways(real=clock.now())
    assert requests.get(request.id).state is RequestState.ENDED
    paid(bank, request, now=LATER + 2 * HOUR)
    assert requests.get(request.id).state is RequestState.PAID
    assert credit.balance(padaria.contract_id) == 700_00
    assert check_books() == []


def test_what_one_means_paid_is_not_asked_for_by_the_other(padaria, bank, owing):
    slip, pix = asked(padaria, owing.id, Means.SLIP), asked(padaria, owing.id)
    paid(bank, pix)
    ask_gateways(real=clock.now())
    assert requests.get(slip.id).state is RequestState.ENDED


@pytest.mark.rule("PAY-12", part="shown, never applied")
def test_another_currency_is_kept_for_somebody_to_look_at(padaria, bank, owing):
    paid(bank, asked(padaria, owing.id), currency="USD")
    assert stands(owing.id) == (Status.PENDING, 700_00)
    (money,) = unmatched.open_money()
    assert (money.taken.minor, money.taken.currency) == (700_00, "USD")


def test_nothing_else_is_asked_for_while_a_charge_has_no_clear_answer(padaria, bank, owing):
    card(padaria, "lost", now=LATER)
    pay(padaria, owing.id, now=LATER)
    with pytest.raises(PaymentUnderWay):
        asked(padaria, owing.id)


def test_money_that_comes_while_a_charge_has_no_clear_answer_waits_for_it(padaria, bank, owing):
    request = asked(padaria, owing.id)
    card(padaria, "lost", now=LATER)
    pay(padaria, owing.id, now=LATER)
    paid(bank, request)
    assert receipts.of_invoice(owing.id) == []
    ask_gateways(real=clock.now() + HOUR)  # the charge was taken
    ask_gateways(real=clock.now() + 2 * HOUR)
    assert stands(owing.id) == (Status.PAID, 0)
    assert credit.balance(padaria.contract_id) == 700_00
    assert check_books() == []


@pytest.mark.rule("PAY-1", part="blocked sending")
@pytest.mark.rule("LIM-4", part="by Pix")
def test_a_blocked_sending_opens_in_the_moment_in_which_its_pix_is_paid(padaria, bank):
    block(padaria)
    draft = issue_interim(
        contract_id=padaria.contract_id, customer_id=padaria.customer_id, actor="ana", now=IN_JUNE
    )
    request = asked(padaria, draft, now=IN_JUNE)
    bank.pay(request.id.hex, on=IN_JUNE.date())
    apply(request, bank.find(request.id.hex, ""), moment=moment(IN_JUNE))
    assert stands(draft)[0] is Status.PAID
    assert state_of(padaria).ceiling_micro == 300_000_000  # one more limit of 100.00
    assert check_books() == []


@pytest.mark.rule("PAY-2", part="nothing overdue")
def test_a_slip_only_after_a_month_of_use_and_with_nothing_else_overdue(padaria, bank, owing):
    assert asked(padaria, owing.id, Means.SLIP).due_date is not None  # 1 July: a month after 1 June
    contract = Contract.objects.get(id=padaria.contract_id)
    assert [one.now for one in offers(contract.id, now=LATER)] == [True, True]
    assert offers(contract.id, now=LATER + 3 * DAY) == [
        Offer(Means.PIX),
        Offer(Means.SLIP, None, overdue=True),
    ]
    with pytest.raises(SlipNotYet):
        require(contract, Means.SLIP, now=LATER + 3 * DAY)


@pytest.mark.rule("PAY-2", part="after one month")
@pytest.mark.rule("PAY-2", part="31 January")
@pytest.mark.parametrize(
    ("activated", "first"),
    [("2027-01-31", "2027-02-28"), ("2028-01-31", "2028-02-29"), ("2026-06-01", "2026-07-01")],
)
def test_the_month_of_use_ends_on_the_same_day_of_the_next_month_or_its_last(activated, first):
    assert slips_from(date.fromisoformat(activated)) == date.fromisoformat(first)


def test_where_the_seller_has_none_none_is_offered(padaria, bank, owing, settings):
    settings.PUSH_GATEWAYS = {}
    with pytest.raises(MeansNotOffered):
        asked(padaria, owing.id)


def test_nothing_is_asked_for_what_is_paid(padaria, bank, owing):
    good_card(padaria)
    pay(padaria, owing.id, now=LATER)
    with pytest.raises(InvoiceNotPayable):
        asked(padaria, owing.id)


def chosen(tenant, means, now=IN_JUNE):
    return choose_means(
        contract_id=tenant.contract_id, customer_id=tenant.customer_id, means=means, actor="ana", now=now
    )


@pytest.mark.rule("NOT-1", part="slip")
@pytest.mark.rule("PAY-2", part="chosen ahead")
@pytest.mark.rule("PAY-2", part="time zone")
@pytest.mark.rule("INV-6", part="slip: default")
def test_a_slip_that_is_chosen_ahead_is_for_the_first_invoice_after_a_month_of_use(padaria, bank):
    bank.says = "asked"
    assert chosen(padaria, Means.SLIP) == Choice(Means.SLIP, date(2026, 7, 1))
    before, begun = JULY_1 - HOUR, JULY_1  # 1 July in UTC both, and in São Paulo
    assert [offers(padaria.contract_id, now=now)[1].now for now in (before, begun)] == [False, True]
    renew_due(now=JULY_1)  # the month of use is over in that moment
    july = invoices.list_for_customer(padaria.customer_id)[0]
    assert (july.means, july.due_date) == (Means.SLIP, date(2026, 7, 8))  # seven days, a Wednesday
    [slip] = requests.of_invoice(july.id)
    assert (slip.means, slip.due_date, slip.state) == (Means.SLIP, july.due_date, RequestState.ASKED)
    assert july.late_from == date(2026, 7, 10)  # a bank day until we know
    assert outlook(july).outlook is Outlook.BY_HAND

    bank.registered.add(slip.id.hex)
    look(request_id=slip.id, real=clock.now())
    told = Notice.objects.get(kind="slip_ready")
    assert told.facts["line"] == requests.get(slip.id).pay_with
    paid(bank, slip)
    assert stands(july.id) == (Status.PAID, 0)
    assert check_books() == []


@pytest.mark.rule("PAY-3", part="switch")
@pytest.mark.rule("INV-6", part="Pix: default")
def test_pix_and_back_to_the_card(padaria, bank, gateway):
    chosen(padaria, Means.PIX)
    renew_due(now=JULY_1)
    july = invoices.list_for_customer(padaria.customer_id)[0]
    assert (july.means, july.due_date, july.state.value) == (Means.PIX, date(2026, 7, 4), "pending")
    assert requests.of_invoice(july.id) == []  # asked for by whoever pays it
    before = len(gateway.calls)
    chosen(padaria, Means.CARD, now=LATER)
    paid(bank, asked(padaria, july.id))
    renew_due(now=JULY_1 + 31 * DAY)
    august = invoices.list_for_customer(padaria.customer_id)[0]
    assert (august.means, august.status) == (Means.CARD, Status.PAID)
    assert len(gateway.calls) == before + 1


@pytest.mark.rule("PAY-2", part="nothing overdue")
def test_what_is_issued_while_something_is_overdue_is_for_the_card(padaria, bank, owing):
    chosen(padaria, Means.SLIP, now=LATER)
    contract = Contract.objects.get(id=padaria.contract_id)
    assert paid_by(contract, now=LATER) is Means.SLIP
    assert paid_by(contract, now=LATER + 3 * DAY) is Means.CARD


@pytest.mark.rule("PAY-2", part="BRL and Brazilian")
def test_who_is_not_of_brazil_is_offered_neither(bank):
    luna = make_luna()
    with pytest.raises(MeansNotOffered):
        chosen(luna, Means.PIX)
    assert offers(luna.contract_id, now=LATER) == []


def test_back_to_a_card_only_where_there_is_one(padaria, bank):
    PaymentMethod.objects.update(in_use=False)
    with pytest.raises(NoCard):
        chosen(padaria, Means.CARD)
