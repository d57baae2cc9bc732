"""What came by Pix is contested at the payer's bank, or goes back, after we released the service (PAY-10)."""

from __future__ import annotations

import pytest

from abono.domain.contracts.states import State
from abono.domain.identity.roles import Role
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import NotWithdrawable
from abono.domain.invoicing.states import Status
from abono.domain.notices.models import Email
from abono.domain.notices.wording import Reader, word
from abono.domain.payments import disputes, receipts, unmatched
from abono.domain.payments import queries as payments
from abono.domain.payments.states import DisputeState, Why
from abono.domain.settings.actions import set_value
from abono.domain.settings.restriction import DISPUTE_DAYS, DISPUTED_SERVICE
from abono.flows.collecting.chase import ask
from abono.flows.collecting.look_at import given_back
from abono.flows.endings.dispute import end_dispute
from abono.flows.requests.ask import look
from abono.flows.standing.dispute import open_dispute
from abono.flows.standing.record import withdraw_payment
from abono.kernel.ids import public
from abono.platform import clock, formats
from tests.books import check_books
from tests.pushes import FakePush
from tests.scenarios.taking_back import good_card, unpaid_renewal
from tests.scenarios.test_requests import LATER, asked, paid, stands
from tests.scenarios.test_standing import balances, pay, record
from tests.work import ask_gateways
from tests.world import DAY, make_colleague, moment, today


@pytest.fixture
def request_(padaria, bank):
    """Of the invoice of July, 700.00: its Pix."""
    return asked(padaria, unpaid_renewal(padaria).id)


def tells(bank: FakePush, request, **what: int) -> None:
    """The bank says what became of it, and says so twice."""
    bank.look_back(request.id.hex, **what)
    for _twice in range(2):
        look(request_id=request.id, real=clock.now())


def sets(setting, value) -> None:
    set_value(setting=setting, value=value, actor="olga", why="x", now=clock.now())


@pytest.mark.rule("PAY-10", part="disputed")
@pytest.mark.rule("PAY-10", part="evidence and deadline")
@pytest.mark.rule("PAY-10", part="result booked")
@pytest.mark.rule("PAY-10", part="service follows")
@pytest.mark.parametrize(("follows", "days"), [(None, 7), ("restricted", 10)])
def test_a_pix_that_its_payer_contests_is_disputed_until_that_ends(padaria, bank, request_, follows, days):
    for name, role in (("Otto Lang", Role.BILLING), ("Rita Melo", Role.READER)):
        make_colleague(name, role)
    if follows:
        sets(DISPUTED_SERVICE, follows)
        sets(DISPUTE_DAYS, str(days))
    paid(bank, request_, 750_00)  # 50.00 of it are credit
    tells(bank, request_, contested=750_00)
    assert stands(request_.invoice_id)[0] is Status.DISPUTED
    [opened] = disputes.open_payments()
    assert (opened.amount.minor, opened.answer_by) == (700_00, today() + days * DAY)
    assert padaria.contract.state is (State.RESTRICTED if follows else State.ACTIVE)
    mail = Email.objects.get(notice__kind="payment_contested")
    said = word("payment_contested", mail.notice.facts, Reader("", "UTC", "en"))
    assert mail.to_email == "otto@abono.example"  # rita reads alone
    assert (said.figure, said.rows[0][1]) == ("R$700.00", "Padaria Sol Ltda.")
    assert formats.long_day(opened.answer_by, "en") in said.title
    assert (said.page, said.about) == ("backoffice:invoice-standing", (public("inv", request_.invoice_id),))
    [rest] = unmatched.open_money()
    assert (rest.why, rest.taken.minor) == (Why.DISPUTED, 50_00)
    assert check_books() == []

    tells(bank, request_)  # the bank decided for us
    assert stands(request_.invoice_id)[0] is Status.PAID
    assert padaria.contract.state is State.ACTIVE
    assert disputes.of_invoice(request_.invoice_id)[0].state is DisputeState.WON
    given_back(money_id=rest.id, how="E1", actor="olga", real=clock.now())
    assert check_books() == []


@pytest.mark.rule("PAY-10", part="result booked")
def test_what_is_lost_of_a_pix_is_owed_again(padaria, bank, request_):
    paid(bank, request_)
    [receipt] = receipts.of_invoice(request_.invoice_id)
    with pytest.raises(NotWithdrawable):  # a bank told of it: nobody typed it by mistake
        withdraw_payment(receipt_id=receipt.id, why="a mistake", actor="olga", now=LATER)
    tells(bank, request_, contested=300_00)
    end_dispute(invoice_id=request_.invoice_id, won=False, why="no proof", actor="olga", moment=moment(LATER))
    tells(bank, request_, contested=300_00, back=300_00)
    assert stands(request_.invoice_id) == (Status.PART_PAID, 300_00)
    assert balances(invoices.get(request_.invoice_id)) == {"clearing bank": 400_00, "receivable": 300_00}
    assert receipts.received(padaria.contract_id, clock.now())[request_.invoice_id] == 400_00
    assert check_books() == []


@pytest.mark.rule("PAY-10", part="result booked")
@pytest.mark.parametrize(
    ("minor", "stood"), [(700_00, (Status.PENDING, 700_00)), (200_00, (Status.DISPUTED, 0))]
)
def test_a_pix_that_goes_back_is_owed_again_and_of_a_part_somebody_decides(bank, request_, minor, stood):
    paid(bank, request_)
    tells(bank, request_, back=minor)
    assert stands(request_.invoice_id) == stood
    assert check_books() == []


def told_staff():
    mails = Email.objects.filter(notice__kind="payment_contested").order_by("id")
    return [word("payment_contested", mail.notice.facts, Reader("", "UTC", "en")) for mail in mails]


@pytest.mark.rule("PAY-10", part="evidence and deadline")
def test_of_an_invoice_that_is_contested_already_a_card_is_kept_and_told_to_those_who_can_answer(
    padaria, bank, gateway
):
    make_colleague("Otto Lang", Role.BILLING)
    owing = unpaid_renewal(padaria)
    pix = asked(padaria, owing.id)
    paid(bank, pix, 300_00)
    good_card(padaria)
    attempt = pay(padaria, owing.id, now=LATER).attempt_id
    tells(bank, pix, contested=300_00)
    gateway.disputed.add(str(attempt))
    for _twice in range(2):
        ask(payments.get_attempt(attempt), real=clock.now())
    kept = [(one.why, one.taken.minor, one.attempt_id) for one in unmatched.open_money()]
    assert kept == [(Why.DISPUTED, 400_00, attempt)]
    assert [(said.figure, said.page) for said in told_staff()] == [
        ("R$300.00", "backoffice:invoice-standing"),
        ("R$400.00", "backoffice:money"),
    ]
    assert check_books() == []


@pytest.mark.rule("PAY-10", part="evidence and deadline")
def test_what_is_contested_after_all_of_it_became_credit_is_told_too(padaria, bank):
    make_colleague("Otto Lang", Role.BILLING)
    owing = unpaid_renewal(padaria)
    pix = asked(padaria, owing.id)
    record(owing, 700_00)
    paid(bank, pix, 700_00)
    tells(bank, pix, contested=700_00)
    assert [(said.figure, said.page) for said in told_staff()] == [("R$700.00", "backoffice:money")]
    assert (len(unmatched.open_money()), disputes.open_payments()) == (1, [])
    assert check_books() == []


@pytest.mark.rule("PAY-10", part="result booked")
@pytest.mark.parametrize("later", ["contested", "back"])
def test_what_is_contested_or_goes_back_after_it_was_won_is_another_dispute(bank, request_, later):
    paid(bank, request_)
    tells(bank, request_, contested=700_00)
    tells(bank, request_)
    assert stands(request_.invoice_id)[0] is Status.PAID
    tells(bank, request_, **{later: 700_00})
    newest, first = disputes.of_invoice(request_.invoice_id)
    assert (newest.state, newest.amount.minor, first.state) == (DisputeState.OPEN, 700_00, DisputeState.WON)
    assert stands(request_.invoice_id)[0] is Status.DISPUTED
    end_dispute(invoice_id=request_.invoice_id, won=False, why="gone", actor="olga", moment=moment(LATER))
    tells(bank, request_, back=700_00)
    assert stands(request_.invoice_id) == (Status.PENDING, 700_00)
    assert check_books() == []


@pytest.mark.rule("PAY-12", part="shown, never applied")
def test_what_came_while_an_unpaid_invoice_was_contested_pays_it_once_that_is_won(bank, request_):
    whose = request_.invoice_id
    open_dispute(invoice_id=whose, why="x", actor="olga", now=LATER)
    paid(bank, request_)
    assert (stands(whose)[0], len(unmatched.open_money())) == (Status.DISPUTED, 1)
    end_dispute(invoice_id=whose, won=True, why="right", actor="olga", moment=moment(LATER))
    ask_gateways(real=clock.now())
    assert (stands(whose), unmatched.open_money()) == ((Status.PAID, 0), [])
    assert balances(invoices.get(whose)) == {"clearing bank": 700_00}
    assert check_books() == []


@pytest.mark.rule("PAY-12", part="shown, never applied")
def test_what_went_back_while_an_invoice_was_contested_pays_nothing_later(bank, request_):
    whose = request_.invoice_id
    open_dispute(invoice_id=whose, why="x", actor="olga", now=LATER)
    paid(bank, request_)
    [money] = unmatched.open_money()
    given_back(money_id=money.id, how="E1", actor="olga", real=clock.now())
    end_dispute(invoice_id=whose, won=True, why="right", actor="olga", moment=moment(LATER))
    ask_gateways(real=clock.now())
    assert (stands(whose), receipts.of_invoice(whose)) == ((Status.PENDING, 700_00), [])
    assert check_books() == []


@pytest.mark.rule("PAY-10", part="result booked")
def test_who_says_that_it_was_won_before_the_bank_does_is_not_asked_again(bank, request_):
    paid(bank, request_)
    tells(bank, request_, contested=700_00)
    end_dispute(invoice_id=request_.invoice_id, won=True, why="a call", actor="olga", moment=moment(LATER))
    tells(bank, request_, contested=700_00)
    assert stands(request_.invoice_id)[0] is Status.PAID
    tells(bank, request_, back=700_00)
    assert stands(request_.invoice_id)[0] is Status.DISPUTED
    assert check_books() == []
