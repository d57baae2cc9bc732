"""A renewal that a card declines: when which card is asked again, what is said of it, and how it ends (PAY-8)."""

from __future__ import annotations

import pytest

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.states import State
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import Outlook
from abono.domain.notices.models import Notice
from abono.domain.payments import queries as payments
from abono.domain.payments.models import Attempt, PaymentMethod
from abono.domain.payments.ports.port import Decline, Hint, Retry
from abono.domain.settings.actions import set_value
from abono.domain.settings.restriction import RESTRICT_AFTER, RETRY_DAYS
from abono.flows.billing.outlook import outlook
from abono.flows.due_work import run_due_work
from abono.flows.restriction.left_alone import leave_alone
from abono.flows.wallet import remove_card, reserve_card, save_card, use_card
from abono.kernel.periods import local_date
from abono.platform.models import Due, Event
from tests.scenarios.paying import pay
from tests.scenarios.test_cycles import JULY_1
from tests.world import DAY, HOUR, make_padaria

ZONE = "America/Sao_Paulo"
LATER = Decline("51", Hint.BALANCE, Retry.LATER)


def wait(days):
    return Decline("51", Hint.BALANCE, Retry.LATER, wait_s=days * 86_400)


def no(retry):
    return Decline("14", Hint.NUMBER, retry)


@pytest.fixture
def padaria(gateway):
    """Padaria Sol, whose bank says of renewals what `gateway.says` has."""
    return make_padaria(card="as-said")


def live(*, until, since=JULY_1):
    """Each day from 1 July on at the first hour: what is due is done. Returns the days, 0 for the first, on which a card was asked
    by itself, with the name of the card."""
    before = Attempt.objects.filter(off_session=True).count()
    for day in range((until - since) // DAY + 1):
        run_due_work(now=since + day * DAY)
    asked = Attempt.objects.filter(off_session=True).order_by("id")[before:]
    return [((one.tried_at - JULY_1) // DAY, one.method.last4) for one in asked]


def given(setting, value):
    set_value(setting=setting, value=value, actor="olga", why="agreed", now=JULY_1 - DAY)


def renewal():
    return Invoice.objects.get(key="cycle:1")


def coming(tenant):
    [head] = invoices.pending(customer_id=tenant.customer_id)
    found = outlook(head)
    day = None if found.at is None else (found.at - JULY_1) / DAY
    return found.outlook, day, found.card[-4:]


def another(tenant, frame, *, use, now):
    return save_card(customer_id=tenant.customer_id, frame_ref=frame, use=use, actor="ana", now=now)


def told(kind="payment_failed"):
    return [one.facts for one in Notice.objects.filter(kind=kind).order_by("created_at", "id")]


@pytest.mark.rule("PAY-8", part="days: default")
@pytest.mark.rule("PAY-8", part="reserve")
@pytest.mark.rule("PAY-8", part="notice each time")
@pytest.mark.rule("END-2")
def test_declined_and_asked_again_on_days_3_5_and_7_until_a_reserve_takes_it_and_all_opens(padaria, gateway):
    gateway.says = [LATER] * 4

    assert live(until=JULY_1) == [(0, "4243")]
    assert coming(padaria) == (Outlook.AGAIN, 3, "4243")
    assert live(since=JULY_1 + DAY, until=JULY_1 + 12 * DAY) == [(3, "4243"), (5, "4243"), (7, "4243")]
    assert coming(padaria) == (Outlook.DECLINED, None, "4243")
    assert [one.get("next_date") for one in told()] == ["2026-07-04", "2026-07-06", "2026-07-08", None]
    assert [one.get("asked_no_more") for one in told()] == [None, None, None, True]
    assert all("payment_link_id" in one for one in told())
    assert contracts.get(padaria.contract_id).state is State.RESTRICTED

    card = another(padaria, "ok", use=False, now=JULY_1 + 12 * DAY)
    assert live(since=JULY_1 + 13 * DAY, until=JULY_1 + 13 * DAY) == []  # saved is not reserve
    now = JULY_1 + 14 * DAY
    reserve_card(customer_id=padaria.customer_id, method_id=card.id, actor="ana", now=now)
    assert live(since=now, until=now) == [(14, card.last4)]
    assert renewal().state == "paid"
    assert contracts.get(padaria.contract_id).state is State.ACTIVE
    assert payments.card_in_use(padaria.customer_id).last4 == "4243"
    assert not Due.objects.filter(kind="collect").exists()


@pytest.mark.rule("PAY-8", part="days: other")
def test_the_days_are_a_setting(padaria, gateway):
    given(RETRY_DAYS, [2, 9])
    gateway.says = [LATER] * 4
    assert live(until=JULY_1 + 20 * DAY) == [(0, "4243"), (2, "4243"), (9, "4243")]


@pytest.mark.rule("PAY-8", part="class allows")
@pytest.mark.rule("PAY-8", part="another card asked for")
@pytest.mark.parametrize("retry", [Retry.NEVER, Retry.CUSTOMER, Retry.UPDATE_CARD, Retry.AUTHENTICATE])
def test_after_another_class_no_machine_asks_until_there_is_another_card(padaria, gateway, retry):
    gateway.says = [no(retry)]
    assert live(until=JULY_1 + 8 * DAY) == [(0, "4243")]
    assert coming(padaria) == (Outlook.DECLINED, None, "4243")
    [said] = told()
    assert said["asked_no_more"]
    assert "next_date" not in said

    card = another(padaria, "ok", use=True, now=JULY_1 + 8 * DAY)
    assert live(since=JULY_1 + 8 * DAY, until=JULY_1 + 8 * DAY) == [(8, card.last4)]
    assert renewal().state == "paid"


@pytest.mark.rule("PAY-8", part="class allows")
def test_the_next_renewal_is_not_asked_of_a_card_that_said_never_and_its_notice_says_so(padaria, gateway):
    gateway.says = [no(Retry.NEVER)]
    given(RESTRICT_AFTER, 300)
    assert live(until=JULY_1 + 32 * DAY) == [(0, "4243")]
    second = told("invoice_issued")[-1]
    assert second["stopped_card"] == "Visa •••• 4243"
    assert "charge_date" not in second
    assert "payment_link_id" in second

    for one in Invoice.objects.filter(state="pending"):  # its holder pays with it: it may be asked again
        assert pay(padaria, one.id, now=JULY_1 + 33 * DAY).paid
    assert live(since=JULY_1 + 62 * DAY, until=JULY_1 + 63 * DAY) == [(62, "4243")]


@pytest.mark.rule("PAY-8", part="class allows")
@pytest.mark.parametrize(("days", "asked"), [(3, [0, 3, 5, 7]), (4, [0, 5, 7]), (7, [0, 7]), (8, [0])])
def test_the_wait_that_an_advice_names_is_obeyed(padaria, gateway, days, asked):
    gateway.says = [wait(days), LATER, LATER, LATER]
    assert [day for day, _card in live(until=JULY_1 + 20 * DAY)] == asked


@pytest.mark.rule("PAY-8", part="reserve")
def test_the_reserve_is_asked_at_once_where_the_card_in_use_is_not_asked_again(padaria, gateway):
    card = another(padaria, "ok", use=False, now=JULY_1 - DAY)
    reserve_card(customer_id=padaria.customer_id, method_id=card.id, actor="ana", now=JULY_1 - DAY)
    gateway.says = [no(Retry.NEVER)]
    assert live(until=JULY_1) == [(0, "4243"), (0, card.last4)]
    [said] = told()
    assert said["reserve_card"] == card.name
    assert renewal().state == "paid"


@pytest.mark.rule("PAY-8", part="mandate ends")
def test_a_code_that_ends_the_mandate_ends_it_whatever_is_paid_by_hand(padaria, gateway):
    gateway.says = [no(Retry.MANDATE)]
    assert live(until=JULY_1 + 8 * DAY) == [(0, "4243")]
    assert told()[0]["mandate_ended"]
    assert Event.objects.get(name="card.stopped").data == {"why": "mandate"}
    assert pay(padaria, renewal().id, now=JULY_1 + 8 * DAY).paid
    assert PaymentMethod.objects.get().stopped == "mandate"
    assert live(since=JULY_1 + 31 * DAY, until=JULY_1 + 40 * DAY) == []


@pytest.mark.rule("PAY-8", part="8 tries, 30 days")
def test_a_card_that_said_no_eight_times_in_thirty_days_is_not_asked_again_within_them(padaria, gateway):
    given(RETRY_DAYS, [1, 2, 3, 4, 5, 6, 7])
    gateway.says = [LATER] * 30
    first, *others = [day for day, _card in live(until=JULY_1 + 45 * DAY)]
    assert [first, *others][:8] == list(range(8))
    assert all(day >= 30 for day in others[7:])  # the next renewal, of 31 July


@pytest.mark.rule("PAY-8", part="another card asked for")
def test_using_the_card_that_is_used_already_asks_it_no_sooner(padaria, gateway):
    gateway.says = [LATER]
    live(until=JULY_1)
    used = payments.card_in_use(padaria.customer_id)
    use_card(customer_id=padaria.customer_id, method_id=used.id, actor="ana", now=JULY_1 + DAY)
    assert live(since=JULY_1 + DAY, until=JULY_1 + 3 * DAY) == [(3, "4243")]


@pytest.mark.rule("PAY-8", part="reserve")
def test_a_reserve_that_was_taken_out_is_not_asked(padaria, gateway):
    card = another(padaria, "ok", use=False, now=JULY_1)
    reserve_card(customer_id=padaria.customer_id, method_id=card.id, actor="ana", now=JULY_1)
    remove_card(customer_id=padaria.customer_id, method_id=card.id, actor="ana", now=JULY_1)
    gateway.says = [no(Retry.NEVER)]
    assert live(until=JULY_1 + 8 * DAY) == [(0, "4243")]


def alone(tenant, until, now):
    day = None if until is None else local_date(until, ZONE)
    leave_alone(customer_id=tenant.customer_id, until=day, why="pays on Friday", actor="olga", now=now)


@pytest.mark.rule("PAY-8", part="left alone")
@pytest.mark.rule("END-1")
def test_left_alone_nothing_is_asked_reminded_or_restricted_until_the_day(padaria, gateway):
    gateway.says = [LATER] * 4
    live(until=JULY_1 + 3 * DAY)
    until = JULY_1 + 20 * DAY
    alone(padaria, until, JULY_1 + 4 * DAY)
    before = Notice.objects.count()
    assert coming(padaria) == (Outlook.AGAIN, 20, "4243")
    assert live(since=JULY_1 + 4 * DAY, until=until - HOUR) == []
    assert Notice.objects.count() == before
    assert contracts.get(padaria.contract_id).state is State.ACTIVE
    assert live(since=until, until=until) == [(20, "4243")]
    assert contracts.get(padaria.contract_id).state is State.RESTRICTED


@pytest.mark.rule("END-1")
def test_what_a_debt_restricts_opens_while_its_customer_is_left_alone(padaria, gateway):
    gateway.says = [LATER] * 9
    live(until=JULY_1 + 12 * DAY)
    assert contracts.get(padaria.contract_id).state is State.RESTRICTED
    alone(padaria, JULY_1 + 16 * DAY, JULY_1 + 13 * DAY)
    assert contracts.get(padaria.contract_id).state is State.ACTIVE
    live(since=JULY_1 + 13 * DAY, until=JULY_1 + 15 * DAY)
    assert contracts.get(padaria.contract_id).state is State.ACTIVE
    live(since=JULY_1 + 16 * DAY, until=JULY_1 + 16 * DAY)
    assert contracts.get(padaria.contract_id).state is State.RESTRICTED


@pytest.mark.rule("PAY-8", part="left alone")
def test_what_was_missed_meanwhile_is_made_up_for_once_when_all_goes_on_sooner(padaria, gateway):
    gateway.says = [LATER] * 4
    live(until=JULY_1)
    alone(padaria, JULY_1 + 20 * DAY, JULY_1 + DAY)
    assert live(since=JULY_1 + DAY, until=JULY_1 + 6 * DAY) == []
    now = JULY_1 + 6 * DAY + HOUR
    alone(padaria, None, now)
    run_due_work(now=now)
    assert Attempt.objects.filter(off_session=True).count() == 2
    assert live(since=JULY_1 + 7 * DAY, until=JULY_1 + 12 * DAY) == [(7, "4243")]
    assert Event.objects.filter(name="customer.left_alone").count() == 2
