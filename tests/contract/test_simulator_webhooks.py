"""The simulator's webhooks: signed, once or twice, in time or late, and again when nobody took them."""

from __future__ import annotations

import queue
import signal
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from abono.domain.payments.ports.port import GatewayEvent, Outcome, RefundRequest
from abono.gateways.simulator.company.cards import Behaviour
from abono.gateways.simulator.company.levers import Levers
from abono.kernel.money import Money
from tests.contract.bench import Bench, fresh, request_for
from tests.stand_ins import Listener, Simulator, listening, start_simulator


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    with listening() as running:
        yield running


@pytest.fixture(scope="module")
def telling(tmp_path_factory: pytest.TempPathFactory, listener: Listener) -> Iterator[Simulator]:
    with start_simulator(tmp_path_factory.mktemp("simulator"), webhook_url=listener.url) as simulator:
        yield simulator


@pytest.fixture
def bench(telling: Simulator, listener: Listener) -> Iterator[Bench]:
    telling.pull(**asdict(Levers()))  # as if just started
    yield Bench(telling.gateway(), telling)
    assert listener.heard.empty()  # each test has heard all that it caused


def event_of(bench: Bench, listener: Listener) -> GatewayEvent:
    heard = listener.next()
    (event,) = bench.gateway.parse_webhook(heard.headers, heard.body, datetime.now(UTC))
    return event


@pytest.mark.rule("PAY-7")
def test_a_charge_that_was_processing_is_announced_when_it_is_paid(bench: Bench, listener: Listener) -> None:
    request = request_for(bench.card(Behaviour.PROCESSING))
    bench.other_side.pull(settle_ms=50)
    first = bench.gateway.charge(request)
    assert first.outcome is Outcome.WAITING
    event = event_of(bench, listener)
    assert (event.kind, event.key, event.reference) == ("charge.paid", request.key, first.reference)
    found = bench.gateway.find(request.key)
    assert found is not None
    assert found.outcome is Outcome.PAID
    assert bench.captures(request.key) == [74_000]


def test_a_charge_that_was_processing_is_announced_when_it_is_declined(
    bench: Bench, listener: Listener
) -> None:
    request = request_for(bench.card(Behaviour.PROCESSING_DECLINED))
    bench.other_side.pull(settle_ms=50)
    bench.gateway.charge(request)
    assert event_of(bench, listener).kind == "charge.declined"
    assert bench.captures(request.key) == []


@pytest.mark.rule("PAY-7")
def test_a_lost_answer_is_announced_too(bench: Bench, listener: Listener) -> None:
    request = request_for(bench.card(Behaviour.ANSWER_LOST))
    bench.gateway.charge(request)
    assert event_of(bench, listener).key == request.key


def test_a_refund_is_announced(bench: Bench, listener: Listener) -> None:
    reference = bench.gateway.charge(request_for(bench.card())).reference
    assert reference is not None
    event_of(bench, listener)
    refund = RefundRequest(fresh(), reference, Money(100, "BRL"))
    bench.gateway.refund(refund)
    event = event_of(bench, listener)
    assert (event.kind, event.key) == ("refund.done", refund.key)


def test_an_event_may_come_twice_with_one_id(bench: Bench, listener: Listener) -> None:
    bench.other_side.pull(twice=True)
    bench.gateway.charge(request_for(bench.card()))
    assert event_of(bench, listener) == event_of(bench, listener)


def test_an_event_may_come_late(bench: Bench, listener: Listener) -> None:
    bench.other_side.pull(late_ms=1_500)
    late, prompt = request_for(bench.card()), request_for(bench.card())
    bench.gateway.charge(late)
    bench.other_side.pull(late_ms=0)
    bench.gateway.charge(prompt)
    assert event_of(bench, listener).key == prompt.key
    assert event_of(bench, listener).key == late.key


def test_webhooks_can_be_off_and_an_event_be_sent_by_hand(bench: Bench, listener: Listener) -> None:
    bench.other_side.pull(webhooks=False)
    silent = request_for(bench.card())
    bench.gateway.charge(silent)
    bench.other_side.pull(webhooks=True)
    spoken = request_for(bench.card())
    bench.gateway.charge(spoken)
    assert event_of(bench, listener).key == spoken.key
    with pytest.raises(queue.Empty):
        listener.heard.get_nowait()
    [untold] = [event for event in bench.other_side.events() if silent.key in str(event["body"])]
    bench.other_side.ask("POST", f"events/{untold['id']}/resend", {})
    assert event_of(bench, listener).key == silent.key


def test_an_event_that_was_not_taken_comes_again_with_the_same_id(tmp_path: Path) -> None:
    with listening(500) as listener, start_simulator(tmp_path, webhook_url=listener.url) as simulator:
        bench = Bench(simulator.gateway(), simulator)
        bench.gateway.charge(request_for(bench.card()))
        assert event_of(bench, listener).id == event_of(bench, listener).id


def test_an_event_survives_a_killed_simulator(bench: Bench, listener: Listener) -> None:
    request = request_for(bench.card(Behaviour.PROCESSING))
    bench.other_side.pull(settle_ms=1_000)
    bench.gateway.charge(request)
    bench.other_side.stop(signal.SIGKILL)
    bench.other_side.start()
    assert event_of(bench, listener).key == request.key
    assert bench.captures(request.key) == [74_000]
