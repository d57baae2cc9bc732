"""What restricts a contract and what lifts that, where several things happen at once or one after the other (END-1, END-2, END-4)."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
from django.db import connection

from abono.domain.campaigns import queries as campaigns
from abono.domain.campaigns.types import CampaignState
from abono.domain.contracts.states import State
from abono.domain.invoicing import queries as invoices
from abono.domain.notices import queries as notices
from abono.domain.notices.models import Notice
from abono.domain.payments import receipts
from abono.domain.payments.models import Attempt
from abono.domain.payments.ports.port import ChargeReply, Outcome
from abono.domain.payments.receipts import Came
from abono.domain.payments.states import Way
from abono.domain.restrictions import queries as restrictions
from abono.domain.restrictions.errors import NotRestricted
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import CARD_DUE_AFTER
from abono.domain.settings.restriction import RESTRICT_AFTER, RESTRICTED_PLAN_FEE
from abono.entrypoints.portal.contracts.happenings import told as in_words
from abono.flows.advance_clock import advance_clock, happened
from abono.flows.campaigns.hold import hold_campaign
from abono.flows.campaigns.lines import LineAsked
from abono.flows.collecting.hear import hear
from abono.flows.corrections.reissue import reissue_invoice
from abono.flows.endings.dispute import end_dispute
from abono.flows.endings.regret import regret
from abono.flows.restriction.by_seller import lift_for_fraud, restrict_for_fraud
from abono.flows.standing.dispute import open_dispute
from abono.flows.standing.record import record_payment, withdraw_payment
from abono.flows.standing.write_off import reopen, write_off
from abono.flows.usage.said import Word
from abono.flows.wallet import save_card
from abono.kernel.money import Money
from abono.platform import clock
from abono.platform.models import Due
from tests.scenarios.paying import card, pay
from tests.scenarios.taking_back import newest, take_back, unpaid_renewal
from tests.scenarios.test_campaigns import LATER, WHATSAPP, balance
from tests.scenarios.test_campaigns import hold as held
from tests.scenarios.test_campaigns import settle as reported
from tests.scenarios.test_cycles import JULY_1
from tests.scenarios.test_restriction import OLGA, state, told
from tests.work import renew_due
from tests.world import DAY, HOUR, JUNE_1, hold, make_padaria, moment, settle

SECOND = timedelta(seconds=1)
THE_12TH = JULY_1 + 11 * DAY
PAID = ChargeReply(Outcome.PAID, "late", Money(700_00, "BRL"))
DECLINED, NOT_HERE = ChargeReply(Outcome.DECLINED), ChargeReply(Outcome.NEVER_RECEIVED)


@pytest.fixture
def padaria(gateway):
    return make_padaria()


@pytest.fixture
def owing(padaria):
    """The invoice of July, which the card did not pay."""
    return unpaid_renewal(padaria)


@pytest.mark.rule("END-1", part="notices")
@pytest.mark.rule("OPS-5", part="every released schema")
def test_what_was_overdue_before_the_upgrade_is_spoken_of_and_restricts_a_week_later(padaria, owing):
    taken_up()
    now = JULY_1 + 25 * DAY  # overdue for 24 days
    renew_due(now=now)
    assert (state(padaria), told(padaria)) == (State.ACTIVE, ["invoice_overdue"])
    [notice] = Notice.objects.filter(kind="invoice_overdue")
    assert notice.facts["restricted_date"] == "2026-08-02"
    renew_due(now=now + 7 * DAY - SECOND)
    assert state(padaria) is State.ACTIVE
    renew_due(now=now + 7 * DAY)
    assert (state(padaria), told(padaria)) == (State.RESTRICTED, ["invoice_overdue", "contract_restricted"])


@pytest.mark.rule("END-1", part="notices")
def test_what_was_not_overdue_for_long_before_the_upgrade_is_followed_as_ever(padaria, owing):
    taken_up()
    renew_due(now=JULY_1 + DAY)
    assert told(padaria) == []
    renew_due(now=JULY_1 + 3 * DAY)
    assert told(padaria) == ["invoice_overdue"]
    renew_due(now=JULY_1 + 10 * DAY)
    assert state(padaria) is State.RESTRICTED


def taken_up():
    """As 0.2.0 leaves it, and the upgrade finds it."""
    Due.objects.filter(kind="follow_up").delete()
    with connection.cursor() as cursor:
        cursor.execute(import_module("abono.domain.invoicing.migrations.0024_followed_up").TAKE_UP)


@pytest.mark.rule("END-2")
def test_a_payment_that_began_before_the_restriction_lifts_it_as_well(padaria, owing):
    renew_due(now=THE_12TH)  # the card was asked on three days more, and said no
    assert state(padaria) is State.RESTRICTED
    card(padaria, "ok", now=THE_12TH)
    assert pay(padaria, owing.id, now=THE_12TH - SECOND).paid
    assert state(padaria) is State.ACTIVE
    [was] = restrictions.history(padaria.contract_id)
    assert was.lifted_at == was.made_at


@pytest.mark.rule("END-1", part="ten days: default")
@pytest.mark.rule("PAY-7")
@pytest.mark.parametrize(
    ("reply", "becomes"), [(PAID, State.ACTIVE), (DECLINED, State.RESTRICTED), (NOT_HERE, State.RESTRICTED)]
)
def test_while_it_is_not_known_whether_a_charge_paid_it_nobody_is_reminded_or_restricted(
    padaria, owing, reply, becomes
):
    card(padaria, "lost", now=JULY_1 + DAY)
    assert not pay(padaria, owing.id, now=JULY_1 + DAY).paid
    renew_due(now=JULY_1 + 3 * DAY)
    renew_due(now=THE_12TH)
    assert (state(padaria), told(padaria)) == (State.ACTIVE, [])
    [attempt] = Attempt.objects.filter(invoice_id=owing.id, state="unknown")
    hear(attempt_id=attempt.id, reply=reply, actor="system", moment=moment(THE_12TH + HOUR))
    renew_due(now=THE_12TH + HOUR)
    assert state(padaria) is becomes
    renew_due(now=JULY_1 + 20 * DAY)
    assert state(padaria) is becomes


@pytest.mark.rule("END-1", part="notices")
def test_due_today_is_said_on_that_day_alone(padaria):
    set_value(setting=CARD_DUE_AFTER, value=5, actor="olga", why="to be tried", now=JUNE_1)
    unpaid_renewal(padaria)  # due on the 6th
    renew_due(now=JULY_1 + 6 * DAY)
    assert told(padaria) == []


@pytest.mark.rule("END-1", part="ten days: other")
def test_what_is_lifted_because_more_days_are_given_is_restricted_after_those(padaria, owing):
    renew_due(now=THE_12TH)
    set_value(setting=RESTRICT_AFTER, value=20, actor="olga", why="to be tried", now=THE_12TH)
    set_value(
        setting=RESTRICTED_PLAN_FEE, value="whole", actor="olga", why="so that August costs", now=JUNE_1
    )
    renew_due(now=JULY_1 + 31 * DAY)
    write_off(invoice_id=newest(padaria).id, why="x", actor="olga", now=THE_12TH + DAY)
    assert state(padaria) is State.ACTIVE
    renew_due(now=JULY_1 + 20 * DAY)
    assert state(padaria) is State.RESTRICTED


@pytest.mark.rule("END-2")
def test_what_is_asked_for_again_restricts_again(padaria, owing):
    renew_due(now=THE_12TH)
    write_off(invoice_id=owing.id, why="x", actor="olga", now=THE_12TH)
    assert state(padaria) is State.ACTIVE
    reopen(invoice_id=owing.id, why="x", actor="olga", now=THE_12TH + DAY)
    renew_due(now=THE_12TH + DAY)
    assert state(padaria) is State.RESTRICTED
    assert told(padaria).count("contract_restricted") == 2


@pytest.mark.rule("END-2")
@pytest.mark.parametrize("won", [True, False])
def test_a_dispute_that_ends_restricts_again_where_it_is_owed_again(padaria, owing, won):
    renew_due(now=THE_12TH)
    open_dispute(invoice_id=owing.id, why="x", actor="olga", now=THE_12TH)
    assert state(padaria) is State.ACTIVE
    end_dispute(invoice_id=owing.id, won=won, why="x", actor="olga", moment=moment(THE_12TH + DAY))
    renew_due(now=THE_12TH + DAY)
    assert (state(padaria) is State.RESTRICTED) == won


@pytest.mark.rule("END-2")
def test_an_invoice_that_is_made_out_anew_has_days_to_be_paid_again(padaria, owing):
    renew_due(now=THE_12TH)
    reissue_invoice(invoice_id=owing.id, why="x", actor="olga", now=THE_12TH)
    assert state(padaria) is State.ACTIVE
    renew_due(now=THE_12TH + 10 * DAY)
    assert state(padaria) is State.RESTRICTED


@pytest.mark.rule("END-4", part="only the seller lifts")
def test_nothing_restricts_a_contract_that_was_given_back(padaria):
    restrict_for_fraud(contract_id=padaria.contract_id, **OLGA, now=JUNE_1 + DAY)
    regret(contract_id=padaria.contract_id, actor="ana", moment=moment(JUNE_1 + 2 * DAY))
    assert state(padaria) is State.ENDED
    assert restrictions.standing(padaria.contract_id) == []
    with pytest.raises(NotRestricted):
        lift_for_fraud(contract_id=padaria.contract_id, why="x", actor="olga", now=JUNE_1 + 3 * DAY)
    assert not Notice.objects.filter(kind="contract_released").exists()


@pytest.mark.rule("PKG-9")
def test_a_campaign_that_was_held_before_is_answered_as_then(padaria):
    who = {"contract_id": padaria.contract_id, "customer_id": None, "actor": "ana"}
    easter = {**who, "name": "easter", "lines": [LineAsked("whatsapp", "company", "BR", 10)]}
    first = hold_campaign(**easter, now=JUNE_1 + DAY)
    restrict_for_fraud(contract_id=padaria.contract_id, **OLGA, now=JUNE_1 + DAY)
    again = hold_campaign(**easter, now=JUNE_1 + DAY + SECOND)
    assert (again.replayed, again.total_micro) == (True, first.total_micro)


@pytest.mark.rule("END-1", part="refused")
def test_an_open_campaign_ends_with_the_restriction_and_a_send_that_was_held_by_itself_is_settled(padaria):
    contract_id = padaria.contract_id
    held(padaria, (WHATSAPP, 10))
    reported(padaria, range(2))
    [send], _answer = hold(contract_id, at=LATER)  # by itself
    restrict_for_fraud(contract_id=contract_id, **OLGA, now=LATER)
    [easter] = campaigns.campaigns(contract_id=contract_id)
    assert (easter.state, easter.ended_at) == (CampaignState.CANCELLED, LATER)
    assert balance(padaria).held_micro == 550_000  # of 6.05
    assert not Due.objects.filter(kind="expire_campaigns").exists()

    assert [one.word for one in reported(padaria, range(2, 4))] == [Word.CAMPAIGN_ENDED] * 2
    settle(contract_id, [send], at=LATER)
    now = balance(padaria)
    assert (now.held_micro, now.used_micro) == (0, 3 * 550_000)


@pytest.mark.rule("END-1", part="notices")
def test_whom_the_seller_restricted_hears_of_the_debt_that_its_payment_does_not_open_all(padaria, owing):
    restrict_for_fraud(contract_id=padaria.contract_id, **OLGA, now=JULY_1 + DAY)
    renew_due(now=THE_12TH)
    notice = notices.list_for(padaria.customer_id, "en")[0]
    assert "only the seller can lift it" in " ".join(notice.wording.body)


@pytest.mark.rule("TIM-2", part="says what happened")
def test_a_restricted_sandbox_stops_where_somebody_is_told_and_nowhere_else(gateway):
    real = clock.now()
    sandbox = make_padaria(now=real, sandbox=True)
    save_card(customer_id=sandbox.customer_id, frame_ref="decline:balance", use=True, actor="ana", now=real)
    went = advance_clock(customer_id=sandbox.customer_id, to=real + 105 * DAY, actor="ana", real=real)
    lines = [one.text for one in in_words(happened(went, "en"), "en")]
    stops = [n for n, text in enumerate(lines) if "an invoice that nobody paid is looked at" in text]
    assert len(stops) == 3  # third, seventh and tenth day; cycles that begin restricted are not billed
    assert all("You were told" in lines[n + 1] or "was restricted" in lines[n + 1] for n in stops)
    assert told(sandbox).count("contract_restricted") == 1
    bodies = [" ".join(one.wording.body) for one in notices.list_for(sandbox.customer_id, "en")]
    assert sum("the contract is restricted on that day: nothing" in body for body in bodies) == 2
    looks = [n for n, text in enumerate(lines) if "restricted for a debt is looked at" in text]
    assert len(looks) == 3  # fourteen and three days before the end, and then
    assert any(f"Your contract {sandbox.contract.number} has ended" in text for text in lines[looks[-1] :])


def note_of_all(padaria, owing, now):
    take_back(owing, *((one.position, one.amount_minor) for one in invoices.get(owing.id).lines), now=now)


def transfer_of_all(padaria, owing, now):
    came = Came(Way.TRANSFER, owing.owed_minor, now.date(), "E2E-1", "seen at the bank")
    record_payment(invoice_id=owing.id, came=came, actor="olga", now=now)


def credit_of_another(padaria, owing, now):
    first = invoices.list_for_customer(padaria.customer_id)[-1]
    take_back(first, (1, 600_00), (3, 100_00), now=now)


@pytest.mark.rule("END-2")
@pytest.mark.parametrize("settle", [note_of_all, transfer_of_all, credit_of_another])
def test_it_is_lifted_however_the_money_comes(padaria, owing, settle):
    renew_due(now=THE_12TH)
    settle(padaria, owing, THE_12TH)
    assert state(padaria) is State.ACTIVE


@pytest.mark.rule("END-1")
def test_a_payment_that_was_recorded_by_mistake_restricts_again_once_it_is_taken_back(padaria, owing):
    renew_due(now=THE_12TH)
    transfer_of_all(padaria, owing, THE_12TH)
    [receipt] = receipts.of_invoice(owing.id)
    withdraw_payment(receipt_id=receipt.id, why="x", actor="olga", now=THE_12TH + DAY)
    renew_due(now=THE_12TH + DAY)
    assert state(padaria) is State.RESTRICTED
