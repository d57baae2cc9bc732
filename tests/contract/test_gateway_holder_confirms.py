"""Charges that their holder confirms at the bank (3-D Secure), at every gateway."""

from __future__ import annotations

from dataclasses import replace

import pytest

from abono.domain.payments.ports.port import (
    ChargeRequest,
    Outcome,
)
from abono.gateways.simulator.company.cards import Behaviour
from tests.contract.bench import Bench, request_for

RETURN = "https://abono.example/payments/att_1/back/"


def asked_of_the_holder(bench: Bench) -> tuple[ChargeRequest, str]:
    """A charge that waits until its holder confirms it, and where they do."""
    request = replace(request_for(bench.card(Behaviour.CHALLENGE)), return_url=RETURN)
    reply = bench.gateway.charge(request)
    assert reply.outcome is Outcome.WAITING
    assert reply.challenge_url is not None
    assert reply.challenge_url.startswith(f"{bench.other_side.url}/")
    assert bench.captures(request.key) == []
    return request, reply.challenge_url


@pytest.mark.rule("PAY-7")
@pytest.mark.parametrize("outcome", [Outcome.PAID, Outcome.DECLINED])
def test_a_charge_waits_until_its_holder_confirms_or_refuses(bench: Bench, outcome: Outcome) -> None:
    request, url = asked_of_the_holder(bench)
    bench.other_side.press(url, outcome.value)
    bench.other_side.press(url, "declined")  # pressed again: nothing changes
    found = bench.find(request)
    assert found is not None
    assert found.outcome is outcome
    assert found.challenge_url is None
    assert bench.captures(request.key) == ([74_000] if outcome is Outcome.PAID else [])


def test_who_walks_away_from_the_banks_page_leaves_it_waiting_until_it_is_given_up(bench: Bench) -> None:
    request, url = asked_of_the_holder(bench)
    found = bench.find(request)
    assert found is not None
    assert (found.outcome, found.challenge_url) == (Outcome.WAITING, url)
    bench.other_side.ask("POST", f"charges/{request.key}/settle", {"outcome": "declined"})
    given_up = bench.find(request)
    assert given_up is not None
    assert given_up.outcome is Outcome.DECLINED


def test_a_renewal_of_a_card_whose_holder_must_confirm_is_declined(bench: Bench) -> None:
    request = request_for(bench.card(Behaviour.CHALLENGE), off_session=True)
    assert bench.gateway.charge(request).outcome is Outcome.DECLINED
