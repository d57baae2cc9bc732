"""Pix Automático: agreed to once in the app of a bank, announced, tried again, and ended by whoever wants (PAY-11)."""

from __future__ import annotations

from datetime import date

import pytest

from abono.domain.invoicing.states import Outlook, Status
from abono.domain.notices.models import Notice
from abono.domain.payments.ports.mandates import MandateStanding
from abono.domain.payments.pushed import agreed, requests
from abono.domain.payments.pushed import means as choices
from abono.domain.payments.states import MandateState, RequestState
from abono.flows.billing.outlook import outlook
from abono.flows.mandates.ask import ask_for_mandate, cancel_mandate, look_at_mandate
from abono.flows.requests.ask import ask_for, look
from abono.kernel.due import Means
from abono.kernel.moment import Moment
from tests.books import check_books
from tests.scenarios.taking_back import AUGUST_1, newest
from tests.scenarios.test_cycles import JULY_1
from tests.scenarios.test_limits import LATER as IN_JUNE
from tests.work import gateway_tells, renew_due, run_jobs
from tests.world import DAY

DUE = date(2026, 7, 6)  # three days after the first of July is a Saturday: the bank day after it


def at(now):
    return Moment(now, now)


def asked(tenant, most=1_000_00, now=IN_JUNE):
    return ask_for_mandate(
        contract_id=tenant.contract_id,
        customer_id=tenant.customer_id,
        most_minor=most,
        actor="ana",
        moment=at(now),
    )


def agree(bank, mandate, standing=MandateStanding.AGREED, now=IN_JUNE, **more):
    bank.answer(mandate.reference, standing, **more)
    look_at_mandate(mandate_id=mandate.id, real=now)
    return agreed.get(mandate.id)


def told(tenant):
    return list(
        Notice.objects.filter(customer_id=tenant.customer_id).order_by("id").values_list("kind", flat=True)
    )


@pytest.fixture
def mandate(padaria, bank):
    return agree(bank, asked(padaria))


@pytest.fixture
def debit(padaria, bank, mandate):
    """The charge of July's invoice, 700.00, as it is announced."""
    bank.today = date(2026, 7, 1)
    renew_due(now=JULY_1)
    [found] = requests.of_invoice(newest(padaria).id)
    return found


def looked(debit, on):
    look(request_id=debit.id, real=on)
    return requests.get(debit.id)


@pytest.mark.rule("PAY-11", part="asked for and agreed to")
@pytest.mark.rule("PAY-7", part="asked until known")
def test_a_mandate_is_asked_for_once_whatever_is_lost_and_whoever_agrees_pays_by_pix(padaria, bank):
    bank.says = "unheard"
    first = asked(padaria)
    assert (first.state, first.alive) == (MandateState.CREATED, True)
    bank.says = "lost"
    assert asked(padaria).id == first.id  # pressed twice
    bank.says = "payable"
    look_at_mandate(mandate_id=first.id, real=IN_JUNE)
    waits = agreed.get(first.id)
    assert (waits.waits, waits.agree_with, len(bank.mandates)) == (True, "AGREERN1", 1)
    [(request, _reply)] = bank.mandates.values()
    assert (request.least, request.amount, request.ends) == (first.most, None, None)
    assert request.name == f"{padaria.contract.number}/1"
    assert choices.chosen(padaria.customer_id, JULY_1.date())[0] is Means.CARD

    there = agree(bank, waits)
    assert (there.agreed, there.agreed_at) == (True, IN_JUNE)
    look_at_mandate(mandate_id=first.id, real=IN_JUNE + DAY)  # the same again
    assert choices.chosen(padaria.customer_id, IN_JUNE.date())[0] is Means.PIX
    assert told(padaria)[-2:] == ["mandate_asked", "mandate_agreed"]


@pytest.mark.rule("PAY-11", part="announced")
@pytest.mark.rule("INV-6", part="Pix Automático")
def test_a_renewal_is_announced_and_charged_on_its_day_and_the_books_agree(padaria, bank, debit):
    invoice = newest(padaria)
    assert (invoice.due_date, debit.due_date, debit.amount.minor) == (DUE, DUE, 700_00)
    assert (debit.word, debit.charged_on) == ("announced", DUE)
    assert outlook(invoice).outlook is Outlook.DEBITED
    issued = Notice.objects.filter(customer_id=padaria.customer_id, kind="invoice_issued").latest("id")
    assert issued.facts["debit_date"] == "2026-07-06"
    again = ask_for(
        invoice_id=invoice.id,
        customer_id=padaria.customer_id,
        means=Means.PIX,
        actor="ana",
        moment=at(JULY_1),
    )
    assert again.id == debit.id  # nobody pays it twice by Pix

    bank.charge(debit.id.hex)
    gateway_tells(key=str(debit.id), name="bank", real=JULY_1 + 5 * DAY)
    run_jobs()
    assert newest(padaria).status is Status.PAID
    assert looked(debit, JULY_1 + 6 * DAY).state is RequestState.PAID
    assert check_books() == []


@pytest.mark.rule("PAY-11", part="tried again")
def test_what_is_not_paid_is_tried_three_times_more_in_seven_days_and_then_asked_for_as_any_pix(
    padaria, bank, debit
):
    for day in (6, 7, 8, 9, 10, 11, 12):  # of July, at midnight; due on the sixth
        bank.today = date(2026, 7, day)
        looked(debit, JULY_1 + (day - 1) * DAY)
    assert bank.debits[debit.id.hex][1].tries == (DUE, date(2026, 7, 9), date(2026, 7, 11), date(2026, 7, 13))
    assert requests.get(debit.id).charged_on == date(2026, 7, 13)
    assert told(padaria).count("debit_again") == 3
    assert "invoice_due" not in told(padaria)  # the bank is asked, not the customer

    assert looked(debit, JULY_1 + 13 * DAY).state is RequestState.ENDED
    assert told(padaria)[-1] == "debit_failed"
    asked_for = ask_for(
        invoice_id=newest(padaria).id,
        customer_id=padaria.customer_id,
        means=Means.PIX,
        actor="ana",
        moment=at(JULY_1 + 13 * DAY),
    )
    assert asked_for.payable
    bank.charge(debit.id.hex)  # a bank that was slow
    looked(debit, JULY_1 + 14 * DAY)
    assert newest(padaria).status is Status.PAID
    assert check_books() == []


@pytest.mark.rule("PAY-11", part="limit")
def test_above_the_limit_nothing_is_charged_and_the_invoice_says_so(padaria, bank):
    agree(bank, asked(padaria, most=699_99))
    renew_due(now=JULY_1)
    invoice = newest(padaria)
    assert (requests.of_invoice(invoice.id), invoice.due_date) == ([], date(2026, 7, 4))
    issued = Notice.objects.filter(customer_id=padaria.customer_id, kind="invoice_issued").latest("id")
    assert issued.facts["most_minor"] == 699_99


@pytest.mark.rule("PAY-11", part="cancelled")
def test_a_cancelled_mandate_charges_nothing_more_and_takes_back_what_it_can(padaria, bank, mandate, debit):
    bank.says, bank.today = "unheard", date(2026, 7, 2)
    press = {"mandate_id": mandate.id, "customer_id": padaria.customer_id, "actor": "ana"}
    gone = cancel_mandate(**press, moment=at(JULY_1 + DAY))
    assert (gone.word, gone.agreed) == ("ending", False)
    bank.says = "payable"
    look_at_mandate(mandate_id=mandate.id, real=JULY_1 + DAY)
    assert cancel_mandate(**press, moment=at(JULY_1 + DAY)).state is MandateState.ENDED
    assert looked(debit, JULY_1 + DAY).state is RequestState.ENDED
    assert told(padaria)[-2:] == ["mandate_ended", "debit_failed"]

    by_code = ask_for(
        invoice_id=newest(padaria).id,
        customer_id=padaria.customer_id,
        means=Means.PIX,
        actor="ana",
        moment=at(JULY_1 + DAY),
    )
    bank.pay(by_code.id.hex, on=bank.today)
    looked(by_code, JULY_1 + DAY)
    renew_due(now=AUGUST_1)
    assert requests.of_invoice(newest(padaria).id) == []  # paid by Pix with a code, as before
    second = asked(padaria, now=AUGUST_1)
    assert (second.id != mandate.id, second.name) == (True, f"{padaria.contract.number}/2")


@pytest.mark.rule("PAY-11", part="cancelled")
@pytest.mark.parametrize(
    ("standing", "kind"),
    [(MandateStanding.REFUSED, "mandate_refused"), (MandateStanding.ENDED, "mandate_ended")],
)
def test_a_payer_says_no_at_their_bank_whose_news_say_so(padaria, bank, standing, kind):
    waits = asked(padaria)
    gone = agree(bank, waits, standing, code="AP13", by_payer=True)
    assert (gone.alive, gone.code, gone.by_payer) == (False, "AP13", True)
    assert told(padaria)[-1] == kind
    renew_due(now=JULY_1)
    assert newest(padaria).status is Status.PAID  # by the card, as before


def test_a_charge_that_cannot_be_announced_in_time_is_asked_for_as_any_pix(padaria, bank, mandate):
    bank.says = "unheard"
    bank.today = date(2026, 7, 1)
    renew_due(now=JULY_1)
    [created] = requests.of_invoice(newest(padaria).id)
    assert created.state is RequestState.CREATED
    late = looked(created, JULY_1 + 4 * DAY)
    assert (late.state, late.code) == (RequestState.ENDED, "too_late")
    assert told(padaria)[-1] == "debit_failed"
