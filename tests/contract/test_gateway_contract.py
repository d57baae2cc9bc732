"""What every gateway must do, whoever it is. A new adapter adds itself to `conftest.GATEWAYS`."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from abono.domain.payments.port import (
    ChargeRequest,
    GatewayUnavailable,
    Hint,
    KeyClash,
    Outcome,
    RefundOutcome,
    RefundRequest,
    Retry,
)
from abono.gateways.simulator.cards import Behaviour
from abono.kernel.money import Money
from tests.contract.bench import ORIGIN, PADARIA, Bench, fresh, request_for

# Cards


@pytest.mark.rule("WAL-2")
def test_card_fields_are_a_page_of_the_gateway(bench: Bench) -> None:
    session = bench.gateway.open_card_frame(PADARIA, "es", ORIGIN, key=fresh())
    assert session.origin == bench.other_side.url
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


def test_a_forgotten_card_cannot_be_charged(bench: Bench) -> None:
    token = bench.card()
    assert bench.gateway.forget_card(token)
    assert bench.gateway.forget_card(token)
    request = request_for(token)
    assert bench.gateway.charge(request).outcome is Outcome.DECLINED
    assert bench.captures(request.key) == []


# Charges


@pytest.mark.rule("PAY-7")
def test_the_same_key_is_charged_once(bench: Bench) -> None:
    request = request_for(bench.card())
    first = bench.gateway.charge(request)
    assert first.outcome is Outcome.PAID
    assert first.reference
    assert bench.gateway.charge(request) == first
    assert bench.gateway.find(request.key) == first
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
    assert {reply.outcome for reply in replies} == {Outcome.PAID}
    assert len({reply.reference for reply in replies}) == 1
    assert bench.captures(request.key) == [74_000]


@pytest.mark.rule("WAL-6")
@pytest.mark.parametrize(
    ("behaviour", "hint", "retry"),
    [
        (Behaviour.WRONG_NUMBER, Hint.NUMBER, Retry.NEVER),
        (Behaviour.EXPIRED, Hint.EXPIRY, Retry.NEVER),
        (Behaviour.WRONG_CVV, Hint.CVV, Retry.NEVER),
        (Behaviour.NOT_ONLINE, Hint.ONLINE, Retry.NEVER),
        (Behaviour.NO_BALANCE, Hint.BALANCE, Retry.LATER),
        (Behaviour.ASK_ISSUER, Hint.ISSUER, Retry.LATER),
        (Behaviour.STOLEN, Hint.ISSUER, Retry.NEVER),
        (Behaviour.NEW_CODE, Hint.ISSUER, Retry.NEVER),
        (Behaviour.PROCESSING_ERROR, Hint.ISSUER, Retry.LATER),
    ],
)
def test_each_decline_leads_to_its_hint_and_takes_nothing(
    bench: Bench, behaviour: Behaviour, hint: Hint, retry: Retry
) -> None:
    request = request_for(bench.card())
    bench.other_side.pull(next_charge=behaviour.value)
    reply = bench.gateway.charge(request)
    assert reply.outcome is Outcome.DECLINED
    assert reply.decline is not None
    assert (reply.decline.hint, reply.decline.retry) == (hint, retry)
    assert bench.gateway.find(request.key) == reply
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
    found = bench.gateway.find(request.key)
    assert found is not None
    assert found.amount == Money(12_345, "BRL")


@pytest.mark.rule("ACC-2")
def test_a_card_typed_in_fields_of_another_customer_is_none_of_this_one(bench: Bench) -> None:
    frame = bench.typed(Behaviour.PAID)
    stranger = bench.gateway.save_card(frame, "cus_ferreteria", key=fresh())
    assert stranger.card is None
    assert stranger.decline is not None
    assert bench.gateway.save_card(frame, PADARIA, key=fresh()).card is not None


# Unclear answers


@pytest.mark.rule("PAY-7")
def test_a_lost_answer_is_unknown_until_asked_and_the_money_was_taken_once(bench: Bench) -> None:
    request = request_for(bench.card(Behaviour.ANSWER_LOST))
    assert bench.gateway.charge(request).outcome is Outcome.UNKNOWN
    found = bench.gateway.find(request.key)
    assert found is not None
    assert found.outcome is Outcome.PAID
    assert bench.captures(request.key) == [74_000]


@pytest.mark.rule("PAY-7")
def test_a_lost_request_is_unknown_and_the_gateway_never_saw_it(bench: Bench) -> None:
    request = request_for(bench.card(Behaviour.REQUEST_LOST))
    assert bench.gateway.charge(request).outcome is Outcome.UNKNOWN
    assert bench.gateway.find(request.key) is None
    assert bench.captures(request.key) == []


@pytest.mark.rule("PAY-7")
def test_an_answer_later_than_we_wait_is_unknown_and_charged_once(bench: Bench) -> None:
    request = request_for(bench.card(Behaviour.SLOW))
    bench.other_side.pull(slow_ms=1_000)
    impatient = bench.other_side.gateway(read_timeout_s=0.2)
    assert impatient.charge(request).outcome is Outcome.UNKNOWN
    found = impatient.find(request.key)
    assert found is not None
    assert found.outcome is Outcome.WAITING  # it has the charge and is still busy with it
    assert bench.captures(request.key) == []
    bench.other_side.ask("POST", f"charges/{request.key}/settle", {"outcome": "paid"})
    settled = impatient.find(request.key)
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
    found = bench.gateway.find(request.key)
    assert found is not None
    assert found.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("outcome", [Outcome.PAID, Outcome.DECLINED])
def test_a_charge_that_is_processing_waits_until_it_ends(bench: Bench, outcome: Outcome) -> None:
    request = request_for(bench.card(Behaviour.PROCESSING))
    bench.other_side.pull(settle_ms=0)
    first = bench.gateway.charge(request)
    assert first.outcome is Outcome.WAITING
    bench.other_side.ask("POST", f"charges/{request.key}/settle", {"outcome": outcome.value})
    found = bench.gateway.find(request.key)
    assert found is not None
    assert (found.outcome, found.reference) == (outcome, first.reference)
    assert bench.captures(request.key) == ([74_000] if outcome is Outcome.PAID else [])


@pytest.mark.rule("PAY-7")
def test_a_gateway_that_takes_no_call_has_never_received_a_charge_and_is_unclear_about_others(
    bench: Bench,
) -> None:
    token, request = bench.card(), request_for("")
    bench.other_side.stop()
    try:
        assert bench.gateway.charge(request).outcome is Outcome.NEVER_RECEIVED
        found = bench.gateway.find(request.key)
        assert found is not None
        assert found.outcome is Outcome.UNKNOWN
        assert bench.gateway.save_card("frm_x", PADARIA, key=fresh()).never_received
        assert not bench.gateway.forget_card(token)
        refund = RefundRequest(fresh(), "ch_x", Money(1, "BRL"))
        assert bench.gateway.refund(refund).outcome is RefundOutcome.UNKNOWN
        with pytest.raises(GatewayUnavailable):
            bench.gateway.open_card_frame(PADARIA, "es", ORIGIN, key=fresh())
    finally:
        bench.other_side.start()


def test_a_gateway_that_does_not_know_us_gives_unclear_answers(bench: Bench) -> None:
    request = request_for(bench.card())
    stranger = type(bench.gateway)(  # type: ignore[call-arg]
        base_url=bench.other_side.url, secret="another secret of ours", public_url=bench.other_side.url
    )
    assert stranger.charge(request).outcome is Outcome.UNKNOWN
    assert bench.captures(request.key) == []


@pytest.mark.rule("PAY-7")
def test_a_killed_gateway_keeps_its_book(bench: Bench) -> None:
    paid, waiting = request_for(bench.card()), request_for(bench.card(Behaviour.PROCESSING))
    bench.other_side.pull(settle_ms=0)
    reply = bench.gateway.charge(paid)
    bench.gateway.charge(waiting)
    bench.other_side.stop(signal.SIGKILL)
    bench.other_side.start()
    assert bench.gateway.find(paid.key) == reply
    assert bench.gateway.charge(paid) == reply
    assert bench.captures(paid.key) == [74_000]
    found = bench.gateway.find(waiting.key)
    assert found is not None
    assert found.outcome is Outcome.WAITING


# The holder confirms (3-D Secure)

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


def press(bench: Bench, url: str, outcome: str) -> str:
    reply = bench.other_side.http.request(
        "POST",
        url,
        fields={"outcome": outcome},
        encode_multipart=False,
        headers={"origin": bench.other_side.url},
    )
    assert reply.status == 200
    return reply.data.decode()


@pytest.mark.rule("PAY-7")
@pytest.mark.parametrize("outcome", [Outcome.PAID, Outcome.DECLINED])
def test_a_charge_waits_until_its_holder_confirms_or_refuses_and_leads_back(
    bench: Bench, outcome: Outcome
) -> None:
    request, url = asked_of_the_holder(bench)
    shown = bench.other_side.http.request("GET", url).data.decode()
    assert "BRL 740.00" in shown
    assert f'href="{RETURN}"' in shown  # who walks away goes back too
    assert f"url={RETURN}" in press(bench, url, outcome.value)
    press(bench, url, "declined")  # pressed again: nothing changes
    found = bench.gateway.find(request.key)
    assert found is not None
    assert found.outcome is outcome
    assert found.challenge_url is None
    assert bench.captures(request.key) == ([74_000] if outcome is Outcome.PAID else [])


def test_who_walks_away_from_the_banks_page_leaves_it_waiting_until_it_is_given_up(bench: Bench) -> None:
    request, url = asked_of_the_holder(bench)
    found = bench.gateway.find(request.key)
    assert found is not None
    assert (found.outcome, found.challenge_url) == (Outcome.WAITING, url)
    bench.other_side.ask("POST", f"charges/{request.key}/settle", {"outcome": "declined"})
    given_up = bench.gateway.find(request.key)
    assert given_up is not None
    assert given_up.outcome is Outcome.DECLINED
    assert "<form" not in bench.other_side.http.request("GET", url).data.decode()


def test_a_renewal_of_a_card_whose_holder_must_confirm_is_declined(bench: Bench) -> None:
    request = request_for(bench.card(Behaviour.CHALLENGE), off_session=True)
    assert bench.gateway.charge(request).outcome is Outcome.DECLINED


def test_nobody_confirms_what_no_charge_asks(bench: Bench) -> None:
    url = f"{bench.other_side.url}/challenge/ch_nothing?lang=pt-br"
    page = bench.other_side.http.request("GET", url)
    assert page.status == 404
    assert "Neste endereço não há nenhum pagamento" in page.data.decode()


# Disputes


@pytest.mark.rule("PAY-10", part="disputed")
def test_a_disputed_charge_stays_paid_and_says_so(bench: Bench) -> None:
    bench.other_side.pull(dispute_ms=0)
    request = request_for(bench.card(Behaviour.DISPUTED))
    assert not bench.gateway.charge(request).disputed
    for _twice in range(2):
        bench.other_side.ask("POST", f"charges/{request.key}/dispute")
    found = bench.gateway.find(request.key)
    assert found is not None
    assert (found.outcome, found.disputed) == (Outcome.PAID, True)
    kinds = [entry["kind"] for entry in bench.other_side.book() if entry["key"] == request.key]
    assert kinds == ["capture", "chargeback"]
    told = [event["kind"] for event in bench.other_side.events() if request.key in event["body"]]
    assert told == ["charge.paid", "charge.disputed"]


# Refunds


def test_a_refund_gives_back_a_part_and_never_more_than_was_paid(bench: Bench) -> None:
    request = request_for(bench.card(), minor=10_000)
    reference = bench.gateway.charge(request).reference
    assert reference is not None
    part = RefundRequest(fresh(), reference, Money(4_000, "BRL"))
    done = bench.gateway.refund(part)
    assert done.outcome is RefundOutcome.DONE
    assert bench.gateway.refund(part) == done  # the same key gives back once
    assert bench.gateway.find_refund(part.key) == done
    # 10,000 - 4,000 = 6,000 are left
    assert bench.gateway.refund(RefundRequest(fresh(), reference, Money(6_001, "BRL"))).outcome is (
        RefundOutcome.REFUSED
    )
    assert bench.gateway.refund(RefundRequest(fresh(), reference, Money(6_000, "BRL"))).outcome is (
        RefundOutcome.DONE
    )
    entries = [entry for entry in bench.other_side.book() if entry["charge"] == reference]
    assert [(entry["kind"], entry["amount_minor"]) for entry in entries] == [
        ("capture", 10_000),
        ("refund", 4_000),
        ("refund", 6_000),
    ]


def test_a_refund_key_with_another_amount_is_refused(bench: Bench) -> None:
    reference = bench.gateway.charge(request_for(bench.card())).reference
    assert reference is not None
    key = fresh()
    bench.gateway.refund(RefundRequest(key, reference, Money(100, "BRL")))
    with pytest.raises(KeyClash):
        bench.gateway.refund(RefundRequest(key, reference, Money(200, "BRL")))


def test_a_refund_that_was_never_seen_is_not_found(bench: Bench) -> None:
    assert bench.gateway.find_refund(fresh()) is None


def test_only_a_paid_charge_can_be_given_back(bench: Bench) -> None:
    declined = bench.gateway.charge(request_for(bench.card(Behaviour.NO_BALANCE)))
    assert declined.reference is not None
    refund = bench.gateway.refund(RefundRequest(fresh(), declined.reference, Money(1, "BRL")))
    assert refund.outcome is RefundOutcome.REFUSED
