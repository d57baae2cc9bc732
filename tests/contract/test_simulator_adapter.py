"""The adapter against answers that no gateway should give: they are unclear, never an error or a second try."""

from __future__ import annotations

import json

import pytest

from abono.domain.payments.ports.port import Gateway, Outcome, RefundOutcome, RefundRequest
from abono.gateways.simulator.adapter import SimulatorGateway
from abono.kernel.money import Money
from tests.contract.bench import PADARIA, fresh, request_for
from tests.stand_ins import SECRET, Listener, listening

BABBLE = [
    (200, b""),
    (200, b"<html>Maintenance</html>"),
    (200, b"\xff\xfe"),
    (200, b"[]"),
    (200, b"[" * 30_000),
    (200, b"{}"),
    (200, b'{"status": ["paid"], "reference": "ch_1"}'),
    (200, b'{"status": "paid"}'),
    (200, b'{"status": "PAID", "reference": "ch_1"}'),
    (200, b'{"status": "paid", "reference": "ch_1", "more": "' + b"x" * 70_000 + b'"}'),
    (200, b'{"status": "paid", "reference": "ch_1"}'),
    (200, b'{"status": "paid", "reference": "ch_1", "amount_minor": "74000", "currency": "BRL"}'),
    (200, b'{"status": "paid", "reference": "ch_1", "amount_minor": 74000.0, "currency": "BRL"}'),
    (200, b'{"status": "paid", "reference": "ch_1", "amount_minor": -74000, "currency": "BRL"}'),
    (200, b'{"status": "paid", "reference": "ch_1", "amount_minor": 74000, "currency": "brl"}'),
    (201, b'{"status": "paid", "reference": "ch_1", "amount_minor": 74000, "currency": "BRL"}'),
    (302, b'{"status": "paid", "reference": "ch_1"}'),
    (400, b'{"error": "invalid"}'),
    (404, b"<html>no such page, says a proxy</html>"),
    (409, b"{}"),
    (429, b"{}"),
    (500, b'{"status": "declined", "reference": "ch_1"}'),
]


def adapter(listener: Listener) -> Gateway:
    return SimulatorGateway(
        base_url=listener.origin, secret=SECRET, public_url=listener.origin, read_timeout_s=2
    )


@pytest.mark.rule("PAY-7")
@pytest.mark.parametrize(("status", "body"), BABBLE)
def test_what_cannot_be_understood_is_unknown_and_is_asked_once(status: int, body: bytes) -> None:
    with listening(*[status] * 9) as listener:
        listener.reply = body
        listener.reply_headers = {"location": "/elsewhere"} if status == 302 else {}
        gateway = adapter(listener)
        assert gateway.charge(request_for("card_1")).outcome is Outcome.UNKNOWN
        assert listener.heard.qsize() == 1
        found = gateway.find(fresh())
        assert found is not None
        assert found.outcome is Outcome.UNKNOWN
        assert gateway.save_card("frm_1", PADARIA, fresh()).unknown
        refund = RefundRequest(fresh(), "ch_1", Money(1, "BRL"))
        assert gateway.refund(refund).outcome is RefundOutcome.UNKNOWN
        asked = gateway.find_refund(refund.key)
        assert asked is not None
        assert asked.outcome is RefundOutcome.UNKNOWN
        assert not gateway.forget_card("card_1")
        assert listener.heard.qsize() == 6


def test_a_key_with_slashes_stays_one_part_of_the_address() -> None:
    with listening(200) as listener:
        adapter(listener).find("../cards?x#y")
        assert listener.heard.qsize() == 1


def test_the_charge_says_who_pays_what_for_what() -> None:
    with listening(200) as listener:
        request = request_for("card_1", minor=74_000, key="attempt-1", off_session=True)
        adapter(listener).charge(request)
        heard = listener.next()
    assert heard.headers["authorization"] == f"Bearer {SECRET}"
    assert json.loads(heard.body) == {
        "key": "attempt-1",
        "amount_minor": 74_000,
        "currency": "BRL",
        "description": "2026-000042-6",
        "card": "card_1",
        "customer": PADARIA,
        "off_session": True,
        "return_url": "",
    }


@pytest.mark.rule("PAY-12", part="compared")
def test_what_the_gateway_says_that_it_took_is_handed_on_as_it_is() -> None:
    with listening(200) as listener:
        listener.reply = b'{"status": "paid", "reference": "ch_1", "amount_minor": 1, "currency": "USD"}'
        assert adapter(listener).charge(request_for("card_1")).amount == Money(1, "USD")
