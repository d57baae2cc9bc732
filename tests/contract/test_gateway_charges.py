"""What every gateway does with a charge: once for one key, and each decline with its hint."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from abono.domain.payments.ports.port import (
    Hint,
    KeyClash,
    Outcome,
    Retry,
)
from abono.gateways.simulator.company.cards import Behaviour
from abono.kernel.money import Money
from tests.contract.bench import PADARIA, Bench, fresh, request_for

NOT_BY_A_MACHINE = {Retry.NEVER, Retry.CUSTOMER}


@pytest.mark.rule("PAY-7")
def test_the_same_key_is_charged_once(bench: Bench) -> None:
    request = request_for(bench.card())
    first = bench.gateway.charge(request)
    assert first.outcome is Outcome.PAID
    assert first.reference
    assert bench.gateway.charge(request) == first
    assert bench.find(request) == first
    assert bench.captures(request.key) == [74_000]


@pytest.mark.rule("PAY-7")
def test_the_same_key_with_another_amount_is_refused(bench: Bench) -> None:
    token, key = bench.card(), fresh()
    bench.gateway.charge(request_for(token, key=key))
    with pytest.raises(KeyClash):
        bench.gateway.charge(request_for(token, key=key, minor=1))
    assert bench.captures(key) == [74_000]


@pytest.mark.rule("PAY-7")
def test_sixteen_threads_with_one_key_are_one_charge(bench: Bench) -> None:
    request = request_for(bench.card())
    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(lambda _: bench.gateway.charge(request), range(16)))
    # Who asks while the first call is under way may be told to ask again.
    assert {reply.outcome for reply in replies} <= {Outcome.PAID, Outcome.UNKNOWN}
    found = bench.find(request)
    assert found is not None
    assert found.outcome is Outcome.PAID
    assert {reply.reference for reply in replies if reply.reference} <= {found.reference}
    assert bench.captures(request.key) == [74_000]


@pytest.mark.rule("WAL-6")
@pytest.mark.parametrize(
    ("behaviour", "hint", "retry"),
    [
        (Behaviour.WRONG_NUMBER, Hint.NUMBER, NOT_BY_A_MACHINE),
        (Behaviour.EXPIRED, Hint.EXPIRY, NOT_BY_A_MACHINE),
        (Behaviour.WRONG_CVV, Hint.CVV, NOT_BY_A_MACHINE),
        (Behaviour.NOT_ONLINE, Hint.ONLINE, NOT_BY_A_MACHINE),
        (Behaviour.NO_BALANCE, Hint.BALANCE, {Retry.LATER}),
        (Behaviour.ASK_ISSUER, Hint.ISSUER, {Retry.LATER}),
        (Behaviour.STOLEN, Hint.ISSUER, {Retry.NEVER}),
        (Behaviour.NEW_CODE, Hint.ISSUER, {Retry.NEVER}),
        (Behaviour.PROCESSING_ERROR, Hint.ISSUER, {Retry.LATER}),
    ],
)
def test_each_decline_leads_to_its_hint_and_takes_nothing(
    bench: Bench, behaviour: Behaviour, hint: Hint, retry: set[Retry]
) -> None:
    request = request_for(bench.card())
    bench.other_side.pull(next_charge=behaviour.value)
    reply = bench.gateway.charge(request)
    assert reply.outcome is Outcome.DECLINED
    assert reply.decline is not None
    assert reply.decline.hint is hint
    assert reply.decline.retry in retry
    assert bench.find(request) == reply
    assert bench.captures(request.key) == []


def test_a_card_may_pay_while_its_holder_is_there_and_fail_at_renewal(bench: Bench) -> None:
    token = bench.card(Behaviour.NO_BALANCE_LATER)
    assert bench.gateway.charge(request_for(token)).outcome is Outcome.PAID
    renewal = bench.gateway.charge(request_for(token, off_session=True))
    assert renewal.decline is not None
    assert renewal.decline.hint is Hint.BALANCE


def test_a_card_pays_for_one_customer_only(bench: Bench) -> None:
    token = bench.card()
    bench.gateway.charge(request_for(token))
    for_luna = replace(request_for(token), customer_reference="cus_ferreteria")
    assert bench.gateway.charge(for_luna).outcome is Outcome.DECLINED
    assert bench.captures(for_luna.key) == []


@pytest.mark.rule("PAY-12", part="compared")
def test_the_gateway_says_what_it_took(bench: Bench) -> None:
    request = request_for(bench.card(), minor=12_345)
    assert bench.gateway.charge(request).amount == Money(12_345, "BRL")
    found = bench.find(request)
    assert found is not None
    assert found.amount == Money(12_345, "BRL")


@pytest.mark.rule("ACC-2")
def test_a_card_typed_in_fields_of_another_customer_is_none_of_this_one(bench: Bench) -> None:
    frame = bench.typed(Behaviour.PAID)
    stranger = bench.gateway.save_card(frame, "cus_ferreteria", key=fresh())
    assert stranger.card is None
    assert stranger.decline is not None
    assert bench.gateway.save_card(frame, PADARIA, key=fresh()).card is not None
