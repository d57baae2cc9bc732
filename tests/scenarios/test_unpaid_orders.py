"""Of orders that nobody paid nothing stays, whenever the no came (CON-9, OPS-6)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from abono.domain.contracts.actions import SIGNUP_KEPT
from abono.domain.contracts.models import Contract, Signup
from abono.domain.customers.models import Customer
from abono.domain.notices.models import Email, Notice
from abono.domain.payments.actions import NEWS_KEPT, forget_old_news, keep_news
from abono.domain.payments.errors import CardDeclined
from abono.domain.payments.models import Attempt, GatewayEvent
from abono.domain.payments.ports.port import ChargeReply, Outcome
from abono.domain.payments.ports.port import GatewayEvent as News
from abono.flows.collecting.hear import hear
from abono.flows.signup.forget import forget_unpaid
from abono.platform import clock
from abono.platform.running import metrics
from tests.fakes import FakeGateway, _decline
from tests.work import ask_gateways
from tests.world import DAY, JUNE_1, begin_signup, moment, sign

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gateway")]
LATER = JUNE_1 + SIGNUP_KEPT + timedelta(seconds=1)


def declined_later() -> UUID:
    """An order whose bank asked the holder, and said no when they had gone."""
    order = begin_signup()
    sign(signup_id=order, card="asks")
    reply = ChargeReply(Outcome.DECLINED, decline=_decline("balance"))
    hear(attempt_id=Attempt.objects.get().id, reply=reply, actor="system", moment=moment(JUNE_1))
    assert {"payment_unknown", "payment_failed"} <= set(Notice.objects.values_list("kind", flat=True))
    return order


def nothing_is_left() -> bool:
    return not any(table.objects.exists() for table in (Contract, Customer, Attempt, Notice, Email))


@pytest.mark.rule("CON-9")
def test_a_second_card_that_is_declined_after_an_unclear_one_leaves_the_order_alone() -> None:
    order = declined_later()
    with pytest.raises(CardDeclined):
        sign(signup_id=order, card="decline:balance")
    assert nothing_is_left()
    assert sign(signup_id=order, card="ok").active


@pytest.mark.rule("OPS-4", part="metrics and traces")
def test_whoever_watches_sees_how_many_cards_are_declined() -> None:
    def counted() -> list[float]:
        labels = (("check", "good"), ("check", "declined"), ("charge", "declined"), ("charge", "paid"))
        return [metrics.CARDS.labels(*one)._value.get() for one in labels]

    before = counted()
    order = begin_signup()
    for card in ("refuse:number", "decline:balance", "decline:balance"):
        with pytest.raises(CardDeclined):
            sign(signup_id=order, card=card)
    sign(signup_id=order)
    assert [now - then for now, then in zip(counted(), before, strict=True)] == [3, 1, 2, 1]


@pytest.mark.rule("CON-9")
def test_an_order_that_nobody_comes_back_to_is_forgotten_with_its_organization(gateway: FakeGateway) -> None:
    declined_later()
    assert forget_unpaid(now=LATER - timedelta(seconds=2)) == 0
    assert Customer.objects.count() == 1
    assert forget_unpaid(now=LATER) == 1
    assert nothing_is_left()
    assert not Signup.objects.exists()
    assert len(gateway.forgotten) == 0  # told when the transaction is over


@pytest.mark.rule("PAY-7")
@pytest.mark.parametrize("card", ["ok", "lost", "asks", "vanish"])
def test_one_that_is_paid_or_may_still_be_stays(card: str) -> None:
    sign(card=card)
    if card == "vanish":
        ask_gateways(real=clock.now() + DAY)
    assert forget_unpaid(now=LATER) == 0
    assert Customer.objects.count() == 1


@pytest.mark.rule("OPS-6")
def test_what_gateways_told_goes_once_it_was_acted_on_and_is_old() -> None:
    real = clock.now()
    news = (News("done", "charge", None, None, real), News("odd", "", None, None, real))
    keep_news(gateway="simulator", news=news, body="{}", real=real)
    assert forget_old_news(now=real + NEWS_KEPT) == 0
    assert forget_old_news(now=real + NEWS_KEPT + DAY) == 1
    assert GatewayEvent.objects.get().event_id == "odd"  # a person has to look at it
