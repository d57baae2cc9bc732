"""What every gateway must do with messages that claim to come from it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from abono.domain.payments.port import BadSignature
from abono.gateways.simulator import signing
from tests.contract.bench import Bench

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BODY = json.dumps(
    {
        "type": "charge.paid",
        "timestamp": "2026-11-23T11:59:58+00:00",
        "data": {"key": "key-1", "reference": "ch_1"},
    }
).encode()


def signed(bench: Bench, body: bytes = BODY, moment: datetime = NOW) -> dict[str, str]:
    stamp = int(moment.timestamp())
    return signing.headers(bench.other_side.secret, message_id="evt_1", moment_s=stamp, body=body)


@pytest.mark.rule("PAY-7")
def test_a_signed_webhook_is_read(bench: Bench) -> None:
    headers = {name.title(): value for name, value in signed(bench).items()}
    (event,) = bench.gateway.parse_webhook(headers, BODY, NOW)
    assert (event.id, event.kind, event.key, event.reference) == ("evt_1", "charge.paid", "key-1", "ch_1")
    assert event.happened_at == datetime(2026, 11, 23, 11, 59, 58, tzinfo=UTC)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,ñ"},
        {"webhook-id": "evt_2"},
        {"webhook-id": ""},
        {"webhook-timestamp": str(int(NOW.timestamp()) + 1)},
        {"webhook-timestamp": "now"},
        {"webhook-timestamp": "²"},
    ],
)
def test_a_webhook_with_a_changed_header_is_refused(bench: Bench, change: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        bench.gateway.parse_webhook({**signed(bench), **change}, BODY, NOW)


def test_a_webhook_with_a_changed_body_is_refused(bench: Bench) -> None:
    with pytest.raises(BadSignature):
        bench.gateway.parse_webhook(signed(bench), BODY.replace(b"key-1", b"key-2"), NOW)


def test_a_webhook_without_signature_is_refused(bench: Bench) -> None:
    with pytest.raises(BadSignature):
        bench.gateway.parse_webhook({}, BODY, NOW)


@pytest.mark.parametrize("away", [timedelta(minutes=-5, seconds=-1), timedelta(minutes=5, seconds=1)])
def test_a_webhook_of_another_time_is_refused(bench: Bench, away: timedelta) -> None:
    with pytest.raises(BadSignature):
        bench.gateway.parse_webhook(signed(bench, moment=NOW + away), BODY, NOW)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'"x"', b"\xff", b'{"type": 7, "data": [], "timestamp": 3}']
)
def test_a_genuine_webhook_about_nothing_that_we_know_is_no_event(bench: Bench, body: bytes) -> None:
    assert bench.gateway.parse_webhook(signed(bench, body), body, NOW) == ()
