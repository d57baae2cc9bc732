"""News of Pix: who is believed, and what it is about."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from abono.domain.payments.ports.port import PATH, BadSignature
from abono.gateways.pix.webhook import Sender, events, key_of, txid_of

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
KEY = "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
SENDER = Sender("X-Client-Certificate", ("aabb01", "CN=pix.bank.example,O=Bank"), "ñ-a-secret")
RIGHT = {"X-Client-Certificate": "AA:BB:01", PATH: "ñ-a-secret/pix"}
PIX: dict[str, Any] = {
    "endToEndId": "E12345678202009091221kkkkkkkkkkk",
    "txid": KEY.replace("-", ""),
    "valor": "110.00",
    "horario": "2026-11-30T11:59:58.358Z",
}


def told(*pix: object) -> bytes:
    return json.dumps({"pix": pix}).encode()


@pytest.mark.parametrize("shown", ["AA:BB:01", "aabb01", " aabb01 ", "CN=pix.bank.example,O=Bank"])
@pytest.mark.parametrize("path", ["ñ-a-secret", "ñ-a-secret/pix", "/ñ-a-secret/"])
def test_a_known_certificate_with_the_secret_of_the_address_is_believed(shown: str, path: str) -> None:
    SENDER.prove({"x-client-certificate": shown, PATH: path})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {**RIGHT, "X-Client-Certificate": ""},
        {**RIGHT, "X-Client-Certificate": "AA:BB:02"},
        {PATH: RIGHT[PATH]},
        {"X-Client-Certificate": "AA:BB:01"},
        {**RIGHT, PATH: ""},
        {**RIGHT, PATH: "ñ-a-secre/pix"},
        {**RIGHT, PATH: "pix"},
    ],
)
def test_nobody_else_is(headers: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        SENDER.prove(headers)


@pytest.mark.parametrize(
    "sender", [Sender("X-C", (), "s"), Sender("X-C", ("",), "s"), Sender("X-C", ("1",), "")]
)
def test_where_nothing_is_set_nobody_is_believed(sender: Sender) -> None:
    with pytest.raises(BadSignature):
        sender.prove({"X-C": sender.known[0] if sender.known else "", PATH: sender.secret})


@pytest.mark.rule("PAY-7", part="news twice, late, in any order")
def test_each_pix_is_an_event_that_is_the_same_when_it_comes_twice() -> None:
    other = {**PIX, "endToEndId": "E" + "2" * 31, "txid": "another-system-of-ours"}
    first, second = events(told(PIX, other), NOW)
    assert (first.kind, first.key, first.reference) == ("pix.paid", KEY, PIX["txid"])
    assert first.happened_at == datetime(2026, 11, 30, 11, 59, 58, 358_000, UTC)
    assert (second.key, second.reference) == (None, other["endToEndId"])
    assert (first.received, second.received) == (PIX["endToEndId"], other["endToEndId"])
    assert events(told(PIX), NOW) == (first,)


def test_what_went_back_later_is_news_again() -> None:
    back = {**PIX, "devolucoes": [{"id": "1", "valor": "1.00", "status": "EM_PROCESSAMENTO"}]}
    done = {**PIX, "devolucoes": [{"id": "1", "valor": "1.00", "status": "DEVOLVIDO"}]}
    paid, waits, is_back = events(told(PIX, back, done), NOW)
    assert [one.kind for one in (paid, waits, is_back)] == ["pix.paid", "pix.returned", "pix.returned"]
    assert len({one.id for one in (paid, waits, is_back)}) == 3
    assert {one.key for one in (paid, waits, is_back)} == {KEY}


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"null", b'{"pix": 7}', b'{"evento": "teste_webhook"}', b"[" * 9_999]
)
def test_what_is_not_understood_is_one_event_without_a_kind(body: bytes) -> None:
    [event] = events(body, NOW)
    assert (event.kind, event.key, event.happened_at) == ("", None, NOW)
    assert events(body, NOW) == (event,)


@pytest.mark.parametrize(
    "pix", [None, 7, [], {}, {"endToEndId": 1}, {"endToEndId": "E\n"}, {"endToEndId": "E" * 99}]
)
def test_one_pix_that_is_not_understood_does_not_hide_the_others(pix: object) -> None:
    strange, known = events(told(pix, PIX), NOW)
    assert (strange.kind, known.key) == ("", KEY)


def test_no_pix_is_no_news() -> None:
    assert events(told(), NOW) == ()


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(BadSignature):
        events(b"\xff", NOW)


def test_a_key_and_its_txid_are_one() -> None:
    assert key_of(txid_of(KEY)) == KEY
    assert [key_of(strange) for strange in ("", KEY, KEY.replace("-", "").upper(), "z" * 32, None)] == [
        None
    ] * 5
