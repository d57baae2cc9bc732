"""Cards that pay for a contract expire, are renewed by their banks, and are replaced (WAL-4, WAL-5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from abono.domain.notices.models import Notice
from abono.domain.payments import queries as payments
from abono.domain.payments.errors import PaymentUnderWay
from abono.domain.payments.models import PaymentMethod
from abono.domain.payments.ports.port import Decline, Hint, Retry
from abono.flows.due_work import run_due_work
from abono.flows.endings.cancel import cancel
from abono.flows.wallet import remove_card, reserve_card, save_card, use_card
from abono.platform.models import Due, Event
from tests.scenarios.test_cycles import JULY_1
from tests.scenarios.test_limits import LATER
from tests.work import gateway_tells, renew_due
from tests.world import DAY, make_padaria

LAST = datetime(2030, 12, 31, 3, tzinfo=UTC)  # midnight in São Paulo of the last day of 12/2030


def planned(card_id):
    """Days before its last one on which somebody is told of the card."""
    return sorted(
        (LAST - one.due_at) // DAY for one in Due.objects.filter(kind="card_expires", subject=card_id)
    )


def used(tenant):
    return payments.card_in_use(tenant.customer_id)


def told():
    return [(one.created_at, one.facts["card"]) for one in Notice.objects.filter(kind="card_expires")]


def expire(tenant, *, now):
    """What is due of cards alone, as if the contract had been renewed and paid all the years."""
    Due.objects.exclude(kind="card_expires").delete()
    run_due_work(now=now)


def add(tenant, frame, *, use=False, instead_of=None):
    return save_card(
        customer_id=tenant.customer_id,
        frame_ref=frame,
        use=use,
        actor="ana",
        now=LATER,
        instead_of=instead_of,
    )


@pytest.mark.rule("NOT-1", part="card expiring")
@pytest.mark.rule("WAL-5", part="30 days")
@pytest.mark.rule("WAL-5", part="7 days")
def test_somebody_is_told_thirty_and_seven_days_before_the_last_day(padaria):
    thirty, seven = LAST - 30 * DAY, LAST - 7 * DAY
    for now in (thirty - timedelta(seconds=1), thirty, seven - timedelta(seconds=1), seven, LAST + 2 * DAY):
        expire(padaria, now=now)
    assert told() == [(thirty, "Visa •••• 4243"), (seven, "Visa •••• 4243")]


@pytest.mark.rule("WAL-5", part="30 days")
def test_of_several_days_that_passed_unseen_the_last_is_told_and_nothing_of_what_has_expired(padaria):
    expire(padaria, now=LAST - 5 * DAY)
    assert len(told()) == 1
    other = make_padaria()
    expire(other, now=LAST + 2 * DAY)
    assert len(told()) == 1


@pytest.mark.rule("WAL-5", part="withdrawn")
def test_only_the_card_in_use_and_the_reserve_are_told_of(padaria):
    first, second = used(padaria), add(padaria, "ok#2")
    assert (planned(first.id), planned(second.id)) == ([7, 30], [])
    whose = {"customer_id": padaria.customer_id, "actor": "ana", "now": LATER}
    reserve_card(method_id=second.id, **whose)
    assert planned(second.id) == [7, 30]
    reserve_card(method_id=None, **whose)
    assert planned(second.id) == []
    use_card(method_id=second.id, **whose)
    assert (planned(first.id), planned(second.id)) == ([], [7, 30])
    reserve_card(method_id=first.id, **whose)
    remove_card(method_id=first.id, **whose)
    assert planned(first.id) == []


@pytest.mark.rule("WAL-5")
def test_nothing_is_told_where_nothing_is_to_be_paid_with_it(padaria):
    cancel(contract_id=padaria.contract_id, actor="ana", now=LATER)
    renew_due(now=JULY_1)
    assert padaria.contract.ended_at
    expire(padaria, now=LAST - 30 * DAY)
    assert told() == []


@pytest.mark.rule("WAL-5", part="changed by the gateway")
@pytest.mark.rule("WAL-5", part="withdrawn")
def test_digits_and_date_that_a_gateway_changes_change_here_by_themselves(padaria, gateway):
    [method] = PaymentMethod.objects.all()
    [key] = [key for key, card in gateway.cards.items() if card.token == method.token]
    gateway_tells(key=method.token, real=LATER)
    assert not Event.objects.filter(name="card.updated").exists()  # it is as it was

    gateway.cards[key] = replace(gateway.cards[key], last4="9999", exp_year=2034)
    gateway_tells(key=method.token, real=LATER)
    gateway_tells(key=method.token, real=LATER)
    assert (used(padaria).last4, used(padaria).last_day.year) == ("9999", 2034)
    assert Event.objects.filter(name="card.updated").count() == 1
    assert planned(method.id) == [7 - 1461, 30 - 1461]  # four years later, of which one is a leap year


@pytest.mark.rule("WAL-5", part="changed by the gateway")
@pytest.mark.rule("PAY-8", part="class allows")
def test_what_waits_for_other_data_is_asked_for_once_they_are_there(gateway):
    padaria = make_padaria(card="as-said")
    gateway.says = [Decline("54", Hint.EXPIRY, Retry.UPDATE_CARD)]
    for day in range(9):
        run_due_work(now=JULY_1 + day * DAY)
    assert len(gateway.book) == 1
    [method] = PaymentMethod.objects.all()
    [key] = [key for key, card in gateway.cards.items() if card.token == method.token]
    gateway.cards[key] = replace(gateway.cards[key], exp_year=2034)
    gateway_tells(key=method.token, real=JULY_1 + 9 * DAY)
    run_due_work(now=JULY_1 + 9 * DAY)
    assert len(gateway.book) == 2
    assert used(padaria).stopped == ""


@pytest.mark.rule("WAL-4", part="the last one")
@pytest.mark.parametrize("which", ["in use", "reserve", "neither"])
def test_a_card_is_replaced_in_one_act_also_in_a_full_wallet(padaria, gateway, which):
    cards = [used(padaria), *(add(padaria, f"ok#{n}") for n in range(2, 6))]
    whose = {"customer_id": padaria.customer_id, "actor": "ana", "now": LATER}
    reserve_card(method_id=cards[1].id, **whose)
    leaving = {"in use": cards[0], "reserve": cards[1], "neither": cards[2]}[which]
    new = add(padaria, "ok#6", instead_of=leaving.id)
    assert (new.in_use, new.reserve) == (which == "in use", which == "reserve")
    kept = {one.id for one in payments.wallet(padaria.customer_id)}
    assert kept == {new.id, *(one.id for one in cards)} - {leaving.id}
    assert gateway.forgotten == [PaymentMethod.objects.get(id=leaving.id).token]
    assert add(padaria, "ok#6", instead_of=leaving.id).id == new.id  # the same press once more
    assert len(payments.wallet(padaria.customer_id)) == 5


@pytest.mark.rule("WAL-4", "PAY-7")
def test_a_card_whose_payment_is_under_way_is_not_replaced_and_the_new_one_forgotten(gateway):
    padaria = make_padaria()
    add(padaria, "vanish", use=True)
    renew_due(now=JULY_1)
    with pytest.raises(PaymentUnderWay):
        add(padaria, "ok#3", instead_of=used(padaria).id)
    assert len(payments.wallet(padaria.customer_id)) == 2
    assert len(gateway.forgotten) == 1
