"""Pix on the simulator: the page on which one pays as a payer, its levers, and its news."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from threading import Event

import pytest

from abono.domain.payments.ports.mandates import (
    Debit,
    DebitStanding,
    Every,
    MandateRequest,
    MandateStanding,
)
from abono.domain.payments.ports.port import KeyClash, RefundOutcome
from abono.domain.payments.ports.push import LateTerms, Received, Standing
from abono.gateways.simulator.pix import SimulatorPix
from abono.kernel.bank_days import bank_day
from abono.kernel.money import Money
from tests.contract.bench import fresh
from tests.contract.push_bench import PADARIA, SimulatorPixBench, push_request
from tests.stand_ins import Simulator, listening


def press(simulator: Simulator, action: str, **form: str) -> int:
    """A button of the page of levers."""
    reply = simulator.http.request(
        "POST",
        f"{simulator.url}/levers",
        fields={"action": action, **form},
        encode_multipart=False,
        headers={"origin": simulator.url},
        redirect=False,
    )
    return reply.status


def page(simulator: Simulator) -> str:
    return simulator.http.request("GET", f"{simulator.url}/").data.decode()


def came(bench: SimulatorPixBench, key: str) -> tuple[Received, ...]:
    found = bench.gateway.find(key, "")
    assert found is not None
    return found.received


@pytest.mark.rule("PAY-6")
def test_a_pix_is_paid_by_hand_once_twice_less_and_late(simulator_pix_bench: SimulatorPixBench) -> None:
    simulator, now = simulator_pix_bench.simulator, simulator_pix_bench.now
    request = push_request(now, minor=10_000, due_in=3, late=LateTerms(Decimal(2), Decimal(1)))
    simulator_pix_bench.gateway.ask(request)
    assert request.key in page(simulator)
    assert request.due_date is not None
    late = bank_day(request.due_date) + timedelta(days=15)
    for form in ({}, {"amount": "99.99"}, {"on": late.isoformat()}):
        assert press(simulator, "pay", key=request.key, **form) == 303
    # 15 days late: 2 % once and half of 1 % of 100.00: 2.00 + 0.50
    assert [(one.amount.minor, one.late, one.paid_on) for one in came(simulator_pix_bench, request.key)] == [
        (10_000, None, request.issued),
        (9_999, None, request.issued),
        (10_250, Money(250, "BRL"), late),
    ]
    assert "BRL 102.50 on" in page(simulator)


@pytest.mark.parametrize(
    "form",
    [{"amount": "much"}, {"amount": "1.234,00"}, {"amount": "0"}, {"on": "today"}, {"on": "2999-01-01"}],
)
def test_what_cannot_be_paid_so_is_said_on_the_page(
    simulator_pix_bench: SimulatorPixBench, form: dict[str, str]
) -> None:
    request = push_request(simulator_pix_bench.now, due_in=3)
    simulator_pix_bench.gateway.ask(request)
    assert press(simulator_pix_bench.simulator, "pay", key=request.key, **form) == 422
    assert came(simulator_pix_bench, request.key) == ()


def test_nobody_pays_what_was_withdrawn(simulator_pix_bench: SimulatorPixBench) -> None:
    request = push_request(simulator_pix_bench.now)
    simulator_pix_bench.gateway.ask(request)
    simulator_pix_bench.gateway.withdraw(request.key, "")
    assert press(simulator_pix_bench.simulator, "pay", key=request.key) == 422
    assert came(simulator_pix_bench, request.key) == ()


@pytest.mark.rule("PAY-10", part="disputed")
def test_a_payer_contests_what_has_not_gone_back(simulator_pix_bench: SimulatorPixBench) -> None:
    request, simulator = push_request(simulator_pix_bench.now), simulator_pix_bench.simulator
    simulator_pix_bench.gateway.ask(request)
    reference = simulator_pix_bench.pay(request.key)
    simulator_pix_bench.gateway.give_back(reference, Money(14_000, "BRL"), fresh())
    for _ in range(2):
        assert press(simulator, "contest", reference=reference) == 303
    [one] = came(simulator_pix_bench, request.key)
    assert (one.back, one.contested) == (Money(74_000, "BRL"), Money(60_000, "BRL"))
    kinds = [entry["kind"] for entry in simulator.book() if entry["charge"] == reference]
    assert kinds == ["capture", "refund", "chargeback"]


def test_levers_refuse_the_next_payer_and_lose_the_next_request(
    simulator_pix_bench: SimulatorPixBench,
) -> None:
    gateway, simulator = simulator_pix_bench.gateway, simulator_pix_bench.simulator
    refused, lost = push_request(simulator_pix_bench.now), push_request(simulator_pix_bench.now)
    simulator.pull(next_pix="payer_marked")
    reply = gateway.ask(refused)
    assert (reply.standing, reply.code, reply.pay_with) == (Standing.REFUSED, "payer_marked", None)
    simulator.pull(next_pix="request_lost")
    assert gateway.ask(lost).standing is Standing.UNKNOWN
    assert gateway.find(lost.key, "") is None
    assert gateway.ask(lost).standing is Standing.PAYABLE


def test_a_pix_at_once_runs_out(simulator_pix_bench: SimulatorPixBench) -> None:
    request = push_request(simulator_pix_bench.now, lasts=timedelta(seconds=1))
    gateway, pace = simulator_pix_bench.gateway, Event()
    assert gateway.ask(request).standing is Standing.PAYABLE
    while (found := gateway.find(request.key, "")) and found.standing is Standing.PAYABLE:
        pace.wait(0.05)
    assert found is not None
    assert found.standing is Standing.ENDED


def test_one_key_for_two_pix_is_a_bug(simulator_pix_bench: SimulatorPixBench) -> None:
    request = push_request(simulator_pix_bench.now)
    simulator_pix_bench.gateway.ask(request)
    with pytest.raises(KeyClash):
        simulator_pix_bench.gateway.ask(push_request(simulator_pix_bench.now, key=request.key, minor=1))


@pytest.mark.rule("PAY-7", part="news twice, late, in any order")
def test_news_of_pix_go_to_their_own_address(tmp_path: Path) -> None:
    with listening() as cards, listening() as pix:
        simulator = Simulator(tmp_path / "simulator.sqlite3", cards.url, pix_webhook_url=pix.url)
        simulator.start()
        try:
            gateway = SimulatorPix(base_url=simulator.url, secret=simulator.secret)
            bench = SimulatorPixBench(gateway, simulator)
            request = push_request(bench.now)
            reference = gateway.ask(request).reference
            came = bench.pay(request.key)
            bench.gateway.give_back(came, Money(1, "BRL"), fresh())
            heard = [pix.next(), pix.next()]
            events = [gateway.parse_webhook(one.headers, one.body, bench.now)[0] for one in heard]
            assert {(one.kind, one.key, one.reference, one.received) for one in events} == {
                ("pix.paid", request.key, reference, came),
                ("pix.returned", request.key, reference, came),
            }
            assert cards.heard.empty()
        finally:
            simulator.stop()


@pytest.mark.rule("PAY-11", part="asked for and agreed to")
@pytest.mark.rule("PAY-11", part="tried again")
def test_a_payer_agrees_on_the_page_of_levers_is_charged_and_leaves(
    simulator_pix_bench: SimulatorPixBench,
) -> None:
    simulator, gateway, now = (
        simulator_pix_bench.simulator,
        simulator_pix_bench.gateway,
        simulator_pix_bench.now,
    )
    wanted = MandateRequest(
        name="2026-000042-6/1",
        subject="Expert",
        payer=PADARIA,
        asked_at=now,
        every=Every.MONTH,
        begins=now.date(),
        ends=None,
        amount=None,
        least=Money(74_000, "BRL"),
    )
    asked = gateway.ask_mandate(wanted)
    assert gateway.ask_mandate(wanted) == gateway.find_mandate(wanted, None) == asked
    assert (asked.standing, bool(asked.agree_with)) == (MandateStanding.ASKED, True)
    assert asked.reference is not None
    day = now.date() + timedelta(days=3)
    debit = Debit(fresh(), asked.reference, Money(70_000, "BRL"), day, "A-000042")
    early = Debit(fresh(), asked.reference, debit.amount, day, "A-000041")
    assert gateway.announce(early).standing is DebitStanding.REFUSED
    assert press(simulator, "answer", reference=asked.reference, answer="agree") == 303
    assert press(simulator, "answer", reference=asked.reference, answer="refuse") == 422

    assert gateway.announce(debit) == gateway.announce(debit)
    again = gateway.try_again(debit.key, day + timedelta(days=3))
    assert again.tries == (day, day + timedelta(days=3))
    assert press(simulator, "debit", reference=debit.key) == 303
    assert press(simulator, "debit", reference=debit.key) == 422
    paid = gateway.find_debit(debit.key)
    assert paid is not None
    assert (paid.standing, [(one.amount, one.paid_on) for one in paid.received]) == (
        DebitStanding.PAID,
        [(debit.amount, again.tries[-1])],
    )
    back = gateway.give_back(paid.received[0].reference, debit.amount, fresh())
    assert back.outcome is RefundOutcome.DONE
    assert gateway.take_back(debit.key).standing is DebitStanding.PAID  # too late
    assert press(simulator, "answer", reference=asked.reference, answer="leave") == 303
    gone = gateway.find_mandate(wanted, asked.reference)
    assert gone is not None
    assert (gone.standing, gone.ended_by_payer) == (MandateStanding.ENDED, True)
    for words in ("2026-000042-6/1", "A-000042", "Ended by the payer"):
        assert words in page(simulator)
