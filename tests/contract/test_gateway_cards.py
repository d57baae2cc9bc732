"""What every gateway does with cards: typed at its side, verified, saved, forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from abono.domain.payments.ports.port import (
    Hint,
    Outcome,
    Retry,
)
from abono.gateways.simulator.company.cards import Behaviour
from tests.contract.bench import ORIGIN, PADARIA, Bench, fresh, request_for


@pytest.mark.rule("WAL-2")
def test_card_fields_are_a_page_of_the_gateway(bench: Bench) -> None:
    session = bench.gateway.open_card_frame(PADARIA, "es", ORIGIN, key=fresh())
    assert session.origin == bench.other_side.card_fields(ORIGIN)
    assert session.url.startswith(f"{session.origin}/")


def test_the_same_key_opens_the_same_card_fields(bench: Bench) -> None:
    key = fresh()
    first = bench.gateway.open_card_frame(PADARIA, "es", ORIGIN, key=key)
    assert bench.gateway.open_card_frame(PADARIA, "es", ORIGIN, key=key) == first


@pytest.mark.rule("WAL-1", "WAL-3")
def test_a_verified_card_is_saved_with_what_the_wallet_shows(bench: Bench) -> None:
    before = bench.other_side.book()
    reply = bench.gateway.save_card(bench.typed(Behaviour.PAID), PADARIA, key=fresh())
    assert reply.card is not None
    assert reply.decline is None
    shown = (reply.card.brand, reply.card.last4, reply.card.holder, reply.card.exp_month, reply.card.exp_year)
    assert shown == ("visa", "4242", "Ana Souza", 12, 2039)
    assert bench.other_side.book() == before  # the check was for zero value


@pytest.mark.rule("WAL-3", "WAL-6")
@pytest.mark.parametrize(
    ("behaviour", "hint"),
    [
        (Behaviour.WRONG_NUMBER, Hint.NUMBER),
        (Behaviour.EXPIRED, Hint.EXPIRY),
        (Behaviour.WRONG_CVV, Hint.CVV),
        (Behaviour.NOT_ONLINE, Hint.ONLINE),
    ],
)
def test_a_card_that_fails_verification_is_not_saved(bench: Bench, behaviour: Behaviour, hint: Hint) -> None:
    reply = bench.gateway.save_card(bench.typed(behaviour), PADARIA, key=fresh())
    assert reply.card is None
    assert reply.decline is not None
    assert reply.decline.hint is hint


def test_saving_again_after_a_lost_answer_gives_the_same_card(bench: Bench) -> None:
    frame, key = bench.typed(Behaviour.PAID), fresh()
    bench.other_side.pull(next_verification="answer_lost")
    assert bench.gateway.save_card(frame, PADARIA, key).unknown
    first = bench.gateway.save_card(frame, PADARIA, key)
    assert first.card is not None
    assert bench.gateway.save_card(frame, PADARIA, key) == first


@pytest.mark.rule("WAL-3")
def test_another_card_typed_after_a_refusal_is_verified_anew(bench: Bench) -> None:
    frame, key = bench.typed(Behaviour.WRONG_CVV), fresh()
    assert bench.gateway.save_card(frame, PADARIA, key).decline is not None
    bench.other_side.type_card_that(Behaviour.PAID, frame)
    assert bench.gateway.save_card(frame, PADARIA, key).card is not None


@pytest.mark.parametrize("ref", ["frm_nobody_has_this", "", "x" * 5000, "a\x00b"])
def test_a_reference_behind_which_no_card_was_typed_asks_to_type_it(bench: Bench, ref: str) -> None:
    reply = bench.gateway.save_card(ref, PADARIA, key=fresh())
    assert reply.decline is not None
    assert (reply.decline.hint, reply.decline.retry) == (Hint.NUMBER, Retry.CUSTOMER)


@pytest.mark.rule("WAL-5")
def test_a_card_that_its_bank_renewed_is_found_with_its_new_digits_and_date(bench: Bench) -> None:
    kept = bench.gateway.save_card(bench.typed(Behaviour.PAID), PADARIA, key=fresh()).card
    assert kept is not None
    assert bench.gateway.find_card(kept.token) == kept
    bench.other_side.ask("POST", f"cards/{kept.token}/renew")
    renewed = bench.gateway.find_card(kept.token)
    assert renewed == replace(kept, last4="4243", exp_year=2043)
    body, now = bench.other_side.last_told(), datetime.now(UTC)
    (event,) = bench.gateway.parse_webhook(bench.other_side.signed(body, now), body, now)
    assert event.key == kept.token
    assert bench.gateway.charge(request_for(kept.token)).outcome is Outcome.PAID

    bench.gateway.forget_card(kept.token)
    assert bench.gateway.find_card(kept.token) is None


def test_a_forgotten_card_cannot_be_charged(bench: Bench) -> None:
    token = bench.card()
    assert bench.gateway.forget_card(token)
    assert bench.gateway.forget_card(token)
    request = request_for(token)
    assert bench.gateway.charge(request).outcome is Outcome.DECLINED
    assert bench.captures(request.key) == []
