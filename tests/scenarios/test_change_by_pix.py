"""A change of plan is paid by Pix: it waits for that, holds once it is paid, and is taken back where it is not (CHG-4, CHG-7, CHG-8)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from abono.domain.contracts import changes
from abono.domain.contracts.states import ChangeState
from abono.domain.credit import queries as credit
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import Status
from abono.domain.payments import unmatched
from abono.domain.payments.errors import PaymentUnderWay
from abono.domain.payments.states import RequestState
from abono.flows.changes.accept import accept_change
from abono.flows.changes.withdraw import take_back_change
from abono.flows.quotes.being_paid import asked_of
from abono.flows.requests.ask import look
from abono.flows.requests.hear import apply
from abono.kernel.due import Means
from abono.platform import clock
from tests.books import check_books
from tests.scenarios.test_change_plan import JUNE_19
from tests.scenarios.test_limits import state_of
from tests.stories import credited
from tests.world import HOUR, accept, moment, quote

DIFFERENCE = 1_320_00  # 600.00 to 3,900.00 with 12 of 30 days left


def by_pix(padaria, asked, *, now=JUNE_19):
    return accept_change(
        change_id=asked, customer_id=padaria.customer_id, by=Means.PIX, actor="ana", moment=moment(now)
    )


def paid(bank, change_id, now=JUNE_19):
    request = asked_of(change_id)
    bank.pay(request.id.hex, on=now.date())
    apply(request, bank.find(request.id.hex, ""), moment=moment(now))


def state(change_id):
    return ChangeState(changes.get(change_id).state)


@pytest.mark.rule("CHG-4", part="how it is paid")
def test_a_step_up_holds_in_the_moment_in_which_its_pix_is_paid(padaria, bank):
    asked = quote(padaria, plan="professional", now=JUNE_19)
    accepted = by_pix(padaria, asked)
    assert (accepted.paid, accepted.asked.state, accepted.asked.amount.minor) == (
        False,
        RequestState.PAYABLE,
        DIFFERENCE,
    )
    assert accepted.asked.until - clock.now() < timedelta(minutes=31)
    assert by_pix(padaria, asked) == accepted  # pressed twice
    assert accept(padaria, asked, now=JUNE_19) == accepted  # by card: it is asked for already
    assert (state(asked), padaria.contract.plan_code) == (ChangeState.WAITING, "specialist")

    paid(bank, asked)
    assert (state(asked), padaria.contract.plan_code) == (ChangeState.APPLIED, "professional")
    assert state_of(padaria, at=JUNE_19).included_interactions == 2_300
    assert by_pix(padaria, asked).paid
    assert invoices.of_change(asked).status is Status.PAID
    assert check_books() == []


@pytest.mark.rule("CHG-7")
@pytest.mark.rule("CHG-8", part="while another is paid")
@pytest.mark.rule("PAY-12", part="shown, never applied")
def test_one_that_is_not_paid_is_taken_back_and_money_that_comes_late_is_kept_for_somebody(padaria, bank):
    asked = quote(padaria, plan="professional", now=JUNE_19)
    by_pix(padaria, asked)
    with pytest.raises(PaymentUnderWay):
        quote(padaria, package="brl-250", now=JUNE_19)
    take_back_change(
        change_id=asked, customer_id=padaria.customer_id, actor="ana", moment=moment(JUNE_19 + HOUR)
    )
    assert (state(asked), padaria.contract.plan_code) == (ChangeState.WITHDRAWN, "specialist")
    assert quote(padaria, package="brl-250", now=JUNE_19 + HOUR)

    paid(bank, asked)
    assert padaria.contract.plan_code == "specialist"
    [money] = unmatched.open_money()
    assert money.taken.minor == DIFFERENCE
    assert [one.what for one in check_books()] == ["money at a gateway belongs to nobody"]


@pytest.mark.rule("CHG-7")
def test_credit_that_paid_of_it_is_back_once_its_pix_ran_out_and_a_card_pays_instead(padaria, bank):
    credited(padaria, 20_00, now=JUNE_19)
    asked = quote(padaria, plan="professional", now=JUNE_19)
    assert by_pix(padaria, asked).asked.amount.minor == DIFFERENCE - 20_00
    assert credit.balance(padaria.contract_id) == 0
    request = asked_of(asked)
    bank.ended.add(request.id.hex)
    look(request_id=request.id, real=clock.now())
    assert credit.balance(padaria.contract_id) == 20_00
    assert accept(padaria, asked, now=JUNE_19).paid
    assert (state(asked), credit.balance(padaria.contract_id)) == (ChangeState.APPLIED, 0)
    assert check_books() == []
