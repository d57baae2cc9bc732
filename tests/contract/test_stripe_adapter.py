"""Stripe's adapter where it differs from others: how it looks a charge up, what it gives up, what it never sends."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from abono.domain.payments.ports.port import Decline, Hint, Outcome, RefundOutcome, RefundRequest, Retry
from abono.gateways.simulator.company.cards import Behaviour
from abono.gateways.stripe import adapter, lookup, reading
from abono.gateways.stripe.adapter import StripeGateway
from abono.kernel.money import EXPONENT, Money
from tests.contract.bench import ORIGIN, PADARIA, Bench, fresh, request_for
from tests.contract.stripe.answers import FIELDS, SECRET_KEY, WEBHOOK_SECRET, Answers
from tests.stand_ins import Listener, listening

PAID = '"object": "payment_intent", "id": "pi_1", "status": "succeeded"'
BABBLE = [
    (200, ""),
    (200, "<html>Maintenance</html>"),
    (200, "[]"),
    (200, '"x"'),
    (200, "null"),
    (200, "[" * 30_000),
    (200, "{}"),
    (200, '{"object": "payment_intent", "id": 7, "status": "succeeded"}'),
    (200, '{"object": "payment_intent", "id": "pi_1", "status": ["succeeded"]}'),
    (200, f"{{{PAID}}}"),
    (200, f'{{{PAID}, "amount_received": "74000", "currency": "brl"}}'),
    (200, f'{{{PAID}, "amount_received": 74000.0, "currency": "brl"}}'),
    (200, f'{{{PAID}, "amount_received": 74000, "currency": "xxx"}}'),
    (302, f'{{{PAID}, "amount_received": 74000, "currency": "brl"}}'),
    (400, '{"error": "invalid"}'),
    (402, '{"error": {"message": "no type"}}'),
    (409, '{"error": {"type": "invalid_request_error", "code": "idempotency_key_in_use"}}'),
    (429, '{"error": {"type": "invalid_request_error", "code": "rate_limit"}}'),
    (500, '{"error": {"type": "card_error", "code": "card_declined"}}'),
]


@pytest.fixture
def bench(stripe: Answers) -> Bench:
    return Bench(stripe.gateway(), stripe)


def gateway_at(listener: Listener) -> StripeGateway:
    made = StripeGateway(
        secret_key=SECRET_KEY,
        webhook_secret=WEBHOOK_SECRET,
        fields_path=FIELDS,
        api_url=listener.origin,
        read_timeout_s=2,
    )
    made._pays_for["cus_1"] = PADARIA  # who pays was looked up before
    return made


@pytest.mark.rule("PAY-7", part="never repeated blindly")
@pytest.mark.parametrize(("status", "body"), BABBLE)
def test_what_cannot_be_understood_is_unknown_and_is_asked_once(status: int, body: str) -> None:
    with listening(*[status] * 9) as listener:
        listener.reply = body.encode()
        listener.reply_headers = {"location": "/elsewhere"} if status == 302 else {}
        gateway = gateway_at(listener)
        assert gateway.charge(request_for("cus_1/pm_1")).outcome is Outcome.UNKNOWN
        assert listener.heard.qsize() == 1
        for where in ({"reference": "pi_2"}, {"method_token": "cus_1/pm_1"}, {}):
            found = gateway.find("key-of-nobody", **where)
            # An answer about another charge is the only one that says that there is none.
            assert found is None or found.outcome is Outcome.UNKNOWN
            assert found is not None or (where == {"reference": "pi_2"} and status == 200)
        refund = RefundRequest(fresh(), "pi_1", Money(1, "BRL"))
        assert gateway.refund(refund).outcome is RefundOutcome.UNKNOWN
        asked = gateway.find_refund(refund.key, "pi_1")
        assert asked is not None
        assert asked.outcome is RefundOutcome.UNKNOWN
        assert not gateway.save_card("seti_1", PADARIA, fresh()).card


@pytest.mark.rule("PAY-7", part="never repeated blindly")
def test_a_charge_that_is_sent_again_after_its_answer_was_lost_is_the_same_charge(bench: Bench) -> None:
    request = request_for(bench.card(Behaviour.ANSWER_LOST))
    assert bench.gateway.charge(request).outcome is Outcome.UNKNOWN
    assert bench.gateway.charge(request).outcome is Outcome.PAID
    assert bench.captures(request.key) == [74_000]


@pytest.mark.rule("PAY-7", part="asked until known")
def test_a_charge_is_found_among_hundreds_of_the_same_card(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookup, "PAGE", 2)
    token = bench.card()
    requests = [request_for(token) for _number in range(5)]
    for request in requests:
        bench.gateway.charge(request)
    oldest = bench.find(requests[0])
    assert oldest is not None
    assert oldest.outcome is Outcome.PAID
    assert bench.gateway.find(fresh(), method_token=token) is None
    monkeypatch.setattr(lookup, "PAGES", 2)  # more than is looked through: nobody knows
    unseen = bench.find(requests[0])
    assert unseen is not None
    assert unseen.outcome is Outcome.UNKNOWN


@pytest.mark.rule("PAY-7", part="asked until known")
def test_a_search_that_is_late_is_never_taken_for_a_charge_that_is_not_there(bench: Bench) -> None:
    request = request_for(bench.card())
    bench.gateway.charge(request)
    bench.other_side.pull(index_late=True)
    late = bench.gateway.find(request.key)
    assert late is not None
    assert late.outcome is Outcome.UNKNOWN
    bench.other_side.pull(index_late=False)
    found = bench.gateway.find(request.key)
    assert found is not None
    assert found.outcome is Outcome.PAID


def test_a_reference_that_is_of_another_charge_is_not_believed(bench: Bench) -> None:
    token = bench.card()
    one, other = bench.gateway.charge(request_for(token)), request_for(token)
    assert one.reference is not None
    assert bench.gateway.find(other.key, one.reference, token) is None


@pytest.mark.rule("PAY-7", part="asked until known")
def test_a_charge_that_nobody_confirms_is_given_up_after_an_hour_and_cannot_be_paid_any_more(
    bench: Bench, stripe: Answers
) -> None:
    request = replace(request_for(bench.card(Behaviour.CHALLENGE)), return_url=f"{ORIGIN}/back/")
    reply = bench.gateway.charge(request)
    assert reply.challenge_url is not None
    stripe.there.by_key(request.key)["created"] -= adapter.CONFIRM_WITHIN_S
    found = bench.find(request)
    assert found is not None
    assert found.decline == Decline("authentication_required", Hint.ISSUER, Retry.AUTHENTICATE)
    bench.other_side.press(reply.challenge_url, "paid")
    assert bench.captures(request.key) == []


def test_a_confirmation_that_leads_nowhere_is_given_up_at_once(bench: Bench, stripe: Answers) -> None:
    request = request_for(bench.card(Behaviour.CHALLENGE))  # nobody is there to be led anywhere
    assert bench.gateway.charge(request).outcome is Outcome.DECLINED
    assert stripe.there.by_key(request.key)["status"] == "canceled"


@pytest.mark.rule("PAY-12", part="compared")
def test_a_currency_without_cents_is_charged_in_whole_units() -> None:
    # Of our currencies those that Stripe lists as zero-decimal; two decimals in all others.
    assert {name for name, decimals in EXPONENT.items() if decimals == 0} == {"CLP", "PYG"}
    with listening(200) as listener:
        listener.reply = f'{{{PAID}, "amount_received": 12990, "currency": "clp"}}'.encode()
        request = replace(request_for("cus_1/pm_1"), amount=Money(12_990, "CLP"))
        assert gateway_at(listener).charge(request).amount == Money(12_990, "CLP")
        assert b"amount=12990&currency=clp" in listener.next().body


@pytest.mark.rule("PAY-8")
@pytest.mark.parametrize(
    ("error", "retry", "wait_s"),
    [
        ({"decline_code": "insufficient_funds"}, Retry.LATER, 0),
        ({"decline_code": "insufficient_funds", "advice_code": "do_not_try_again"}, Retry.NEVER, 0),
        ({"decline_code": "insufficient_funds", "network_advice_code": "24"}, Retry.LATER, 3_600),
        ({"decline_code": "do_not_honor", "network_advice_code": "21"}, Retry.MANDATE, 0),
    ],
)
def test_what_the_network_advises_is_followed(error: dict[str, str], retry: Retry, wait_s: int) -> None:
    said = reading.decline({**error, "payment_method": {"card": {"brand": "mastercard"}}})
    assert (said.retry, said.wait_s) == (retry, wait_s)


@pytest.mark.rule("PAY-10", part="disputed")
def test_news_of_a_dispute_leads_to_the_charge_that_it_is_about(bench: Bench, stripe: Answers) -> None:
    request = request_for(bench.card())
    reply = bench.gateway.charge(request)
    bench.other_side.ask("POST", f"charges/{request.key}/dispute")
    body, now = bench.other_side.last_told(), datetime.now(UTC)
    (event,) = bench.gateway.parse_webhook(bench.other_side.signed(body, now), body, now)
    assert (event.kind, event.key, event.reference) == (
        "charge.dispute.created",
        request.key,
        reply.reference,
    )


def test_news_of_what_others_do_in_the_same_account_name_no_key(bench: Bench, stripe: Answers) -> None:
    told = json.loads(bench.other_side.message("key-1", "pi_1", datetime.now(UTC)))
    told["data"]["object"]["metadata"] = {"order": "of another shop"}
    body, now = json.dumps(told).encode(), datetime.now(UTC)
    (event,) = bench.gateway.parse_webhook(bench.other_side.signed(body, now), body, now)
    assert (event.kind, event.key) == ("payment_intent.succeeded", None)


def test_nothing_shows_the_secret_key_and_nothing_is_told_of_this_machine(
    bench: Bench, stripe: Answers, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        bench.gateway.charge(request_for(bench.card()))
        bench.other_side.stranger().charge(request_for("cus_1/pm_1"))
    assert [record for record in caplog.records if record.name == "stripe"] == []
    shown = caplog.text + repr(bench.gateway) + repr(vars(bench.gateway))
    assert SECRET_KEY not in shown
    assert WEBHOOK_SECRET not in repr(bench.gateway)
    for _call, _sent, headers in stripe.heard:
        assert "x-stripe-client-telemetry" not in headers
        assert "platform" not in json.loads(headers["x-stripe-client-user-agent"])
