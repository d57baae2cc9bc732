"""Boleto and Pix by Stripe, against answers in the shapes of its published description."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from abono.domain.payments.ports.port import KeyClash, RefundOutcome
from abono.domain.payments.ports.push import LateTerms, PushRequest, Standing
from abono.gateways.stripe.push import StripePushGateway
from abono.kernel.due import Means
from abono.kernel.ids import uuid7
from abono.kernel.money import Money
from tests.contract.push_bench import push_request
from tests.contract.stripe.answers import SECRET_KEY, WEBHOOK_SECRET, Answers

BOTH = pytest.mark.parametrize("means", [Means.SLIP, Means.PIX])


@pytest.fixture
def gateway(stripe: Answers) -> StripePushGateway:
    return StripePushGateway(
        secret_key=SECRET_KEY, webhook_secret=WEBHOOK_SECRET, email="ajuda@abono.example", api_url=stripe.url
    )


def request_by(means: Means) -> PushRequest:
    return replace(push_request(datetime.now(UTC), key=str(uuid7()), due_in=3), means=means)


@BOTH
@pytest.mark.rule("PAY-12", part="compared")
def test_what_is_asked_for_can_be_paid_once_and_what_came_is_told(
    gateway: StripePushGateway, stripe: Answers, means: Means
) -> None:
    request = request_by(means)
    asked = gateway.ask(request)
    assert (asked.standing, asked.amount) == (Standing.PAYABLE, request.amount)
    assert asked.pay_with is not None
    assert asked.pay_with.startswith("0019050" if means is Means.SLIP else "000201")
    assert gateway.ask(request) == gateway.find(request.key, asked.reference or "") == asked
    stripe.there.take(stripe.there.by_key(request.key))
    paid = gateway.find(request.key, "")
    assert paid is not None
    assert paid.standing is Standing.PAID
    [came] = paid.received
    assert (came.amount, came.back, came.contested) == (request.amount, None, None)
    assert stripe.book() == [
        {"kind": "capture", "key": request.key, "charge": asked.reference, "amount_minor": 74_000}
    ]


@pytest.mark.rule("PAY-7", part="asked until known")
def test_a_lost_request_is_found_by_its_time_and_one_that_was_never_asked_for_is_not(
    gateway: StripePushGateway, stripe: Answers
) -> None:
    request = request_by(Means.PIX)
    gateway.ask(request)
    stripe.pull(index_late=True)
    found = gateway.find(request.key, "")
    assert found is not None
    assert found.standing is Standing.PAYABLE
    assert gateway.find(str(uuid7()), "") is None


@BOTH
def test_what_was_withdrawn_cannot_be_paid_and_who_was_faster_has_paid(
    gateway: StripePushGateway, stripe: Answers, means: Means
) -> None:
    request, faster = request_by(means), request_by(means)
    gateway.ask(request)
    for _twice in range(2):
        assert gateway.withdraw(request.key, "").standing is Standing.ENDED
    reference = gateway.ask(faster).reference
    stripe.there.take(stripe.there.by_key(faster.key))
    reply = gateway.withdraw(faster.key, reference or "")
    assert (reply.standing, len(reply.received)) == (Standing.PAID, 1)
    assert gateway.withdraw(str(uuid7()), "").standing is Standing.ENDED


def test_what_ran_out_has_ended(gateway: StripePushGateway, stripe: Answers) -> None:
    request = request_by(Means.SLIP)
    reference = gateway.ask(request).reference
    stripe.there.decline(stripe.there.by_key(request.key), "payment_intent_payment_attempt_expired")
    ended = gateway.find(request.key, reference or "")
    assert ended is not None
    assert ended.standing is Standing.ENDED


@pytest.mark.rule("PAY-9", part="full and part")
def test_a_pix_is_given_back_in_parts_once_for_each_key_and_a_boleto_never(
    gateway: StripePushGateway, stripe: Answers
) -> None:
    pix, slip = request_by(Means.PIX), request_by(Means.SLIP)
    came = {}
    for request in (pix, slip):
        gateway.ask(request)
        stripe.there.take(stripe.there.by_key(request.key))
        paid = gateway.find(request.key, "")
        assert paid is not None
        came[request.means] = paid.received[0].reference
    key = str(uuid7())
    for _twice in range(2):
        done = gateway.give_back(came[Means.PIX], Money(30_000, "BRL"), key)
        assert done.outcome is RefundOutcome.DONE
    with pytest.raises(KeyClash):
        gateway.give_back(came[Means.PIX], Money(1, "BRL"), key)
    for of, minor in ((Means.PIX, 44_001), (Means.SLIP, 1)):  # 74,000 - 30,000 = 44,000 are left
        refused = gateway.give_back(came[of], Money(minor, "BRL"), str(uuid7()))
        assert refused.outcome is RefundOutcome.REFUSED
    moved = [entry["amount_minor"] for entry in stripe.book() if entry["kind"] == "refund"]
    assert moved == [30_000]
    found = gateway.find(pix.key, "")
    assert found is not None
    assert found.received[0].back == Money(30_000, "BRL")


def test_a_boleto_to_which_late_payment_would_add_something_ends_with_its_due_date(
    gateway: StripePushGateway, stripe: Answers
) -> None:
    free, bound = (
        request_by(Means.SLIP),
        replace(request_by(Means.SLIP), late=LateTerms(Decimal(2), Decimal(1))),
    )
    for request in (free, bound):
        gateway.ask(request)
    days = [
        sent["payment_method_options"]["boleto"]["expires_after_days"]
        for call, sent, _headers in stripe.heard
        if call == "post /v1/payment_intents"
    ]
    assert days == ["34", "3"]  # due in 3 days; the other 31 days longer


def test_a_pix_lasts_as_long_as_was_asked_for_within_what_stripe_allows(
    gateway: StripePushGateway, stripe: Answers
) -> None:
    now = datetime.now(UTC)
    for lasts in (timedelta(seconds=1), timedelta(hours=1), timedelta(days=40)):
        gateway.ask(push_request(now, key=str(uuid7()), lasts=lasts))
    seconds = [
        sent["payment_method_options"]["pix"]["expires_after_seconds"]
        for _call, sent, _headers in stripe.heard
    ]
    assert seconds == ["60", "3600", "1209600"]


@pytest.mark.rule("PAY-7", part="news twice, late, in any order")
def test_news_of_a_payer_name_our_request(gateway: StripePushGateway, stripe: Answers) -> None:
    request = request_by(Means.SLIP)
    gateway.ask(request)
    stripe.there.take(stripe.there.by_key(request.key))
    body, now = stripe.last_told(), datetime.now(UTC)
    (event,) = gateway.parse_webhook(stripe.signed(body, now), body, now)
    assert (event.kind, event.key) == ("payment_intent.succeeded", request.key)
