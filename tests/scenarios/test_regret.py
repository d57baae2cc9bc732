"""A contract that is regretted within seven days: service ends, and all that was paid goes back (CON-10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from abono.domain.contracts.errors import ContractNotRunning, RegretLate
from abono.domain.contracts.states import State
from abono.domain.credit import queries as credit
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import FiscalType
from abono.domain.metering.types import HoldStatus
from abono.domain.notices.models import Notice
from abono.domain.notices.wording import Reader, word
from abono.domain.payments import refunds
from abono.domain.payments.errors import PaymentUnderWay
from abono.domain.payments.models import Attempt
from abono.domain.payments.ports.port import RefundOutcome
from abono.domain.payments.receipts import Came
from abono.domain.payments.states import RefundState, Way
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import REGRET_WITHIN, REVIEW_FOR
from abono.flows.due_work import REAL, work_off
from abono.flows.endings.regret import preview_regret, regret
from abono.flows.limits.interim import issue_interim
from abono.flows.one_off.draft import Written, write_draft
from abono.flows.refunds.send import send_refund
from abono.flows.standing.record import record_payment
from abono.kernel.ids import uuid7
from abono.platform import clock
from tests.books import check_books
from tests.entrypoints.portal.acts import pay_with
from tests.fakes import Died
from tests.scenarios.taking_back import unpaid_renewal
from tests.scenarios.test_cycles import JULY_1
from tests.stories import credited
from tests.work import gateway_tells, renew_due
from tests.world import DAY, HOUR, JUNE_1, PADARIA, change, hold, make_padaria, moment, sign, use

JUNE_8_ENDS = datetime(2026, 6, 9, 3, tzinfo=UTC)  # midnight in São Paulo
PERSON = replace(PADARIA, legal_name="João Lima", tax_id="529.982.247-25")


@pytest.fixture
def padaria(gateway):
    return make_padaria()  # 600.00 + 100.00 + 649.00, paid


def give_up(tenant, now=JUNE_1 + DAY):
    return regret(
        contract_id=tenant.contract_id, customer_id=tenant.customer_id, actor="ana", moment=moment(now)
    )


def ask_gateways(*, after: timedelta = timedelta(0)) -> None:
    work_off(now=clock.now() + after, kinds=REAL)


def refunds_of(tenant):
    return refunds.of_invoices(invoices.paid_of(tenant.contract_id))


@pytest.mark.rule("CON-10", part="full refund in one press")
@pytest.mark.rule("PAY-13", part="double entry")
def test_all_that_was_paid_goes_back_and_service_ends_now(padaria, gateway):
    use(padaria.contract_id, 150)  # of what was used nothing is kept either
    _ids, [held] = hold(padaria.contract_id, at=JUNE_1 + HOUR)
    assert held.status.granted
    change(padaria, package="brl-250", now=JUNE_1 + 2 * HOUR)
    seen = preview_regret(contract_id=padaria.contract_id, now=JUNE_1 + DAY)
    assert (seen.amount.minor, seen.until) == (1_499_00, JUNE_8_ENDS)
    assert [(card, amount.minor) for card, amount in seen.goes_back] == [
        ("Visa •••• 4243", 150_00),
        ("Visa •••• 4243", 1_349_00),
    ]

    assert give_up(padaria).amount.minor == 1_499_00

    contract = padaria.contract
    assert (contract.state, contract.ended_at) == (State.ENDED, JUNE_1 + DAY)
    for later in (timedelta(0), DAY, 40 * DAY):  # in this cycle and in the next
        _ids, [answer] = hold(padaria.contract_id, at=JUNE_1 + DAY + later)
        assert answer.status is HoldStatus.NO_CYCLE
    assert {one.state for one in refunds_of(padaria)} == {RefundState.ASKED}
    ask_gateways()
    assert {one.state for one in refunds_of(padaria)} == {RefundState.DONE}
    assert sorted(one.amount.minor for one in gateway.refunds.values()) == [150_00, 1_349_00]
    paid = [invoices.get(one) for one in invoices.paid_of(padaria.contract_id)]
    assert all(one.taken_back_whole and one.refunded for one in paid)
    assert credit.balance(padaria.contract_id) == 0
    kinds = list(Notice.objects.order_by("id").values_list("kind", flat=True))
    assert kinds.count("contract_regretted") == 1
    assert kinds.count("refund_done") == 2
    assert "credit_note_issued" not in kinds
    assert check_books() == []


@pytest.mark.rule("CON-10", part="full refund in one press")
def test_doing_it_again_changes_nothing(padaria, gateway):
    first = give_up(padaria)
    assert give_up(padaria, JUNE_1 + 30 * DAY).goes_back == first.goes_back
    ask_gateways()
    assert len(gateway.refunds) == len(refunds_of(padaria)) == 1


@pytest.mark.rule("CON-10", part="full refund in one press")
def test_where_nothing_can_go_back_doing_it_again_changes_nothing_either(padaria, gateway):
    [attempt] = Attempt.objects.all()
    gateway.disputed.add(str(attempt.id))  # the bank gives it back itself
    gateway_tells(key=str(attempt.id), real=clock.now())
    for _press in range(2):
        done = regret(
            contract_id=padaria.contract_id, why="By telephone", actor="olga", moment=moment(JUNE_1 + DAY)
        )
        assert (done.amount.minor, done.goes_back) == (0, ())
    assert Notice.objects.filter(kind="contract_regretted").count() == 1


@pytest.mark.rule("CON-10", part="full refund in one press")
def test_an_interim_invoice_that_waits_is_taken_back_and_opens_nothing(padaria):
    use(padaria.contract_id, 364)  # 363 × 0.55 = 199.65 of 200.00: blocked
    waits = issue_interim(
        contract_id=padaria.contract_id, customer_id=padaria.customer_id, actor="ana", now=JUNE_1 + HOUR
    )
    assert give_up(padaria).amount.minor == 1_349_00
    assert invoices.get(waits).owed_minor == 0
    assert not Notice.objects.filter(kind="sending_released").exists()
    assert check_books() == []


@pytest.mark.rule("CON-10", part="full refund in one press")
def test_what_came_without_a_card_is_owed_and_said_to_be(padaria, gateway):
    told = {"actor": "olga", "now": JULY_1 + HOUR}
    set_value(setting=REGRET_WITHIN, value=timedelta(days=90), why="a test", actor="olga", now=JUNE_1)
    owing = unpaid_renewal(padaria)
    transfer = Came(Way.TRANSFER, 300_00, date(2026, 7, 1), "E2E-1", "seen at the bank")
    record_payment(invoice_id=owing.id, came=transfer, **told)

    assert give_up(padaria, JULY_1 + DAY).amount.minor == 1_349_00

    assert credit.balance(padaria.contract_id) == 300_00
    facts = Notice.objects.get(kind="contract_regretted").facts
    said = " ".join(word("contract_regretted", facts, Reader("Padaria", "America/Sao_Paulo", "en")).body)
    assert "R$1,349.00 goes back to Visa •••• 4243." in said
    assert "All that you paid" not in said
    assert "What is left, R$300.00, cannot go back the way it came: we owe it to you." in said
    assert check_books() == []


@pytest.mark.rule("CON-10", part="full refund in one press")
def test_what_waited_to_be_issued_is_issued_to_nobody(padaria, gateway):
    told = {"actor": "olga", "why": "a test", "now": JUNE_1, "valid_from": JUNE_1}
    for setting in (REGRET_WITHIN, REVIEW_FOR):
        set_value(setting=setting, value=timedelta(days=7 if setting is REVIEW_FOR else 90), **told)
    renew_due(now=JULY_1)  # in review
    training = Written("Training", 1, 100_000_000, FiscalType.SVA)
    write_draft(contract_id=padaria.contract_id, named=uuid7(), lines=[training], now=JULY_1)
    assert len(invoices.drafts_of(padaria.contract_id)) == 2

    assert give_up(padaria, JULY_1 + DAY).amount.minor == 1_349_00

    renew_due(now=JULY_1 + 30 * DAY)
    assert invoices.drafts_of(padaria.contract_id) == []
    assert [one.title for one in invoices.list_for_customer(padaria.customer_id)] == ["A-000001"]
    assert check_books() == []


@pytest.mark.rule("CON-10", part="seven days: default")
def test_after_the_seventh_day_it_is_too_late(padaria):
    before = JUNE_8_ENDS - timedelta(microseconds=1)
    assert preview_regret(contract_id=padaria.contract_id, now=before).amount.minor == 1_349_00
    with pytest.raises(RegretLate):
        give_up(padaria, JUNE_8_ENDS)
    assert padaria.contract.state is State.ACTIVE


@pytest.mark.rule("CON-10", part="seven days: other")
def test_the_seller_may_give_more_days_or_none(padaria):
    told = {"actor": "olga", "why": "a test", "now": JUNE_1}
    set_value(setting=REGRET_WITHIN, value=timedelta(days=14), valid_from=JUNE_1, **told)
    assert preview_regret(contract_id=padaria.contract_id, now=JUNE_8_ENDS).until == JUNE_8_ENDS + 7 * DAY
    set_value(setting=REGRET_WITHIN, value=timedelta(0), valid_from=JUNE_1 + HOUR, **told)
    with pytest.raises(RegretLate):
        give_up(padaria)


@pytest.mark.rule("CON-10", part="always for a CPF")
def test_a_person_has_seven_days_whatever_the_setting_says(gateway):
    signed = sign(customer=PERSON)
    set_value(
        setting=REGRET_WITHIN,
        value=timedelta(0),
        valid_from=JUNE_1,
        actor="olga",
        why="a test",
        now=JUNE_1,
    )
    assert preview_regret(contract_id=signed.contract_id, now=JUNE_1 + DAY).until == JUNE_8_ENDS


def test_what_cannot_go_back_to_its_card_stays_owed_and_is_said(padaria, gateway):
    gateway.refund_says = RefundOutcome.REFUSED
    give_up(padaria)
    ask_gateways()
    [refund] = refunds_of(padaria)
    assert (refund.state, refund.code) == (RefundState.FAILED, "card_closed")
    assert Notice.objects.filter(kind="refund_failed").count() == 1
    assert not invoices.get(refund.invoice_id).refunded
    assert check_books() == []


@pytest.mark.parametrize("says", [RefundOutcome.UNKNOWN, RefundOutcome.WAITING])
def test_an_unclear_answer_is_asked_about_and_never_given_back_twice(padaria, gateway, says):
    gateway.refund_says = says
    give_up(padaria)
    ask_gateways()
    assert refunds_of(padaria)[0].state is RefundState.ASKED
    gateway.refund_says = RefundOutcome.DONE
    ask_gateways(after=timedelta(minutes=1))
    assert refunds_of(padaria)[0].state is RefundState.DONE
    assert len(gateway.refunds) == 1


def test_a_process_that_ends_while_it_asks_leaves_a_refund_that_is_heard_of(padaria, gateway):
    gateway.refund_dies = True
    give_up(padaria)
    with pytest.raises(Died):
        ask_gateways()
    assert refunds_of(padaria)[0].state is RefundState.ASKED
    [refund] = refunds_of(padaria)
    send_refund(refund_id=refund.id, real=clock.now())
    assert refunds_of(padaria)[0].state is RefundState.DONE
    assert len(gateway.refunds) == 1
    assert check_books() == []


def test_a_contract_whose_first_charge_is_not_clear_cannot_be_regretted_yet(gateway):
    signed = sign(card="lost")
    with pytest.raises(ContractNotRunning):
        preview_regret(contract_id=signed.contract_id, now=JUNE_1 + HOUR)


def test_while_a_payment_is_under_way_it_waits_for_the_answer(padaria, gateway):
    pay_with(padaria, "lost")
    change(padaria, package="brl-250", now=JUNE_1 + HOUR)
    with pytest.raises(PaymentUnderWay):
        give_up(padaria)
    assert padaria.contract.state is State.ACTIVE


@pytest.mark.rule("INV-9", part="paid back")
def test_credit_that_was_there_goes_back_with_the_rest(padaria, gateway):
    credited(padaria, now=JUNE_1 + HOUR)  # 100.00, of which nothing was used
    change(padaria, licences=1, now=JUNE_1 + 2 * HOUR)  # 215.00, of which credit pays 100.00

    assert give_up(padaria).amount.minor == 1_349_00 + 115_00

    ask_gateways()
    assert credit.balance(padaria.contract_id) == 0
    assert sum(one.amount.minor for one in refunds_of(padaria)) == sum(gateway.book.values())
    assert check_books() == []
