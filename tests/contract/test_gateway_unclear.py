"""Answers of every gateway that are lost, late, strange or none: what is unclear, and what was never received."""

from __future__ import annotations

import signal

import pytest

from abono.domain.payments.ports.port import (
    GatewayUnavailable,
    Outcome,
    RefundOutcome,
    RefundRequest,
)
from abono.gateways.simulator.company.cards import Behaviour
from abono.kernel.money import Money
from tests.contract.bench import ORIGIN, PADARIA, Bench, fresh, request_for


@pytest.mark.rule("PAY-7")
def test_a_lost_answer_is_unknown_until_asked_and_the_money_was_taken_once(bench: Bench) -> None:
    request = request_for(bench.card(Behaviour.ANSWER_LOST))
    assert bench.gateway.charge(request).outcome is Outcome.UNKNOWN
    found = bench.find(request)
    assert found is not None
    assert found.outcome is Outcome.PAID
    assert bench.captures(request.key) == [74_000]


@pytest.mark.rule("PAY-7")
def test_a_lost_request_is_unknown_and_the_gateway_never_saw_it(bench: Bench) -> None:
    request = request_for(bench.card(Behaviour.REQUEST_LOST))
    assert bench.gateway.charge(request).outcome is Outcome.UNKNOWN
    assert bench.find(request) is None
    assert bench.captures(request.key) == []


@pytest.mark.rule("PAY-7")
def test_an_answer_later_than_we_wait_is_unknown_and_charged_once(bench: Bench) -> None:
    request = request_for(bench.card(Behaviour.SLOW))
    bench.other_side.pull(slow_ms=1_000)
    impatient = bench.other_side.gateway(read_timeout_s=0.2)
    assert impatient.charge(request).outcome is Outcome.UNKNOWN
    found = impatient.find(request.key, method_token=request.method_token)
    assert found is not None
    assert found.outcome is Outcome.WAITING  # it has the charge and is still busy with it
    assert bench.captures(request.key) == []
    bench.other_side.ask("POST", f"charges/{request.key}/settle", {"outcome": "paid"})
    settled = impatient.find(request.key, method_token=request.method_token)
    assert settled is not None
    assert settled.outcome is Outcome.PAID
    assert bench.captures(request.key) == [74_000]


def test_a_slow_answer_that_comes_in_time_is_clear(bench: Bench) -> None:
    request = request_for(bench.card(Behaviour.SLOW))
    bench.other_side.pull(slow_ms=50)
    assert bench.gateway.charge(request).outcome is Outcome.PAID
    assert bench.captures(request.key) == [74_000]


def test_a_word_in_no_manual_is_unknown(bench: Bench) -> None:
    request = request_for(bench.card(Behaviour.STRANGE))
    bench.other_side.pull(settle_ms=0)
    assert bench.gateway.charge(request).outcome is Outcome.UNKNOWN
    found = bench.find(request)
    assert found is not None
    assert found.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("outcome", [Outcome.PAID, Outcome.DECLINED])
def test_a_charge_that_is_processing_waits_until_it_ends(bench: Bench, outcome: Outcome) -> None:
    request = request_for(bench.card(Behaviour.PROCESSING))
    bench.other_side.pull(settle_ms=0)
    first = bench.gateway.charge(request)
    assert first.outcome is Outcome.WAITING
    bench.other_side.ask("POST", f"charges/{request.key}/settle", {"outcome": outcome.value})
    found = bench.find(request)
    assert found is not None
    assert (found.outcome, found.reference) == (outcome, first.reference)
    assert bench.captures(request.key) == ([74_000] if outcome is Outcome.PAID else [])


@pytest.mark.rule("PAY-7")
def test_a_gateway_that_takes_no_call_has_never_received_a_charge_and_is_unclear_about_others(
    bench: Bench,
) -> None:
    token = bench.card()
    bench.gateway.charge(request_for(token))
    request = request_for(token)
    bench.other_side.stop()
    try:
        assert bench.gateway.charge(request).outcome is Outcome.NEVER_RECEIVED
        found = bench.find(request)
        assert found is not None
        assert found.outcome is Outcome.UNKNOWN
        assert bench.gateway.save_card("seti_x", PADARIA, key=fresh()).never_received
        assert not bench.gateway.forget_card(token)
        refund = RefundRequest(fresh(), "pi_x", Money(1, "BRL"))
        assert bench.gateway.refund(refund).outcome is RefundOutcome.UNKNOWN
        with pytest.raises(GatewayUnavailable):
            bench.gateway.open_card_frame(PADARIA, "es", ORIGIN, key=fresh())
    finally:
        bench.other_side.start()


def test_a_gateway_that_does_not_know_us_gives_unclear_answers(bench: Bench) -> None:
    request = request_for(bench.card())
    stranger = bench.other_side.stranger()
    assert stranger.charge(request).outcome in {Outcome.UNKNOWN, Outcome.NEVER_RECEIVED}
    assert bench.captures(request.key) == []


@pytest.mark.rule("PAY-7")
def test_a_killed_gateway_keeps_its_book(bench: Bench) -> None:
    paid, waiting = request_for(bench.card()), request_for(bench.card(Behaviour.PROCESSING))
    bench.other_side.pull(settle_ms=0)
    reply = bench.gateway.charge(paid)
    bench.gateway.charge(waiting)
    bench.other_side.stop(signal.SIGKILL)
    bench.other_side.start()
    assert bench.find(paid) == reply
    assert bench.gateway.charge(paid) == reply
    assert bench.captures(paid.key) == [74_000]
    found = bench.find(waiting)
    assert found is not None
    assert found.outcome is Outcome.WAITING
