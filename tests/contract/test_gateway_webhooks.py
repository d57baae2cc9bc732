"""What every gateway must do with messages that claim to come from it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from abono.domain.payments.port import BadSignature
from tests.contract.bench import Bench
from tests.stand_ins import signed as sign

BODY = json.dumps(
    {
        "type": "charge.paid",
        "timestamp": "2026-11-23T11:59:58+00:00",
        "data": {"key": "key-1", "reference": "ch_1"},
    }
).encode()


def signed(bench: Bench, body: bytes = BODY, moment: datetime | None = None) -> dict[str, str]:
    return sign(
        body.decode(), secret=bench.other_side.secret, message_id="evt_1", moment=moment or datetime.now(UTC)
    )


@pytest.mark.rule("PAY-7")
def test_a_signed_webhook_is_read(bench: Bench) -> None:
    headers = {name.title(): value for name, value in signed(bench).items()}
    (event,) = bench.gateway.parse_webhook(headers, BODY, datetime.now(UTC))
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
        {"webhook-timestamp": str(int(datetime.now(UTC).timestamp()) + 9)},
        {"webhook-timestamp": "now"},
        {"webhook-timestamp": "²"},
    ],
)
def test_a_webhook_with_a_changed_header_is_refused(bench: Bench, change: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        bench.gateway.parse_webhook({**signed(bench), **change}, BODY, datetime.now(UTC))


def test_a_webhook_with_a_changed_body_is_refused(bench: Bench) -> None:
    with pytest.raises(BadSignature):
        bench.gateway.parse_webhook(signed(bench), BODY.replace(b"key-1", b"key-2"), datetime.now(UTC))


def test_a_webhook_without_signature_is_refused(bench: Bench) -> None:
    with pytest.raises(BadSignature):
        bench.gateway.parse_webhook({}, BODY, datetime.now(UTC))


def test_a_webhook_that_another_secret_signed_is_refused(bench: Bench) -> None:
    strange = sign(
        BODY.decode(), secret="another secret of somebody", message_id="evt_1", moment=datetime.now(UTC)
    )
    with pytest.raises(BadSignature):
        bench.gateway.parse_webhook(strange, BODY, datetime.now(UTC))


def test_one_right_signature_of_several_is_enough(bench: Bench) -> None:
    headers = signed(bench)
    headers["webhook-signature"] = f"v2,abc v1,AAAA {headers['webhook-signature']}"
    (event,) = bench.gateway.parse_webhook(headers, BODY, datetime.now(UTC))
    assert event.id == "evt_1"


def test_a_webhook_that_is_no_text_is_refused(bench: Bench) -> None:
    with pytest.raises(BadSignature):
        bench.gateway.parse_webhook(signed(bench), b"\xff", datetime.now(UTC))


@pytest.mark.parametrize("away", [timedelta(minutes=-5, seconds=-1), timedelta(minutes=5, seconds=1)])
def test_a_webhook_of_another_time_is_refused(bench: Bench, away: timedelta) -> None:
    with pytest.raises(BadSignature):
        bench.gateway.parse_webhook(signed(bench, moment=datetime.now(UTC) + away), BODY, datetime.now(UTC))


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'"x"', b'{"type": 7, "data": [], "timestamp": 3}'])
def test_a_genuine_webhook_that_is_not_understood_is_an_event_without_a_kind(
    bench: Bench, body: bytes
) -> None:
    (event,) = bench.gateway.parse_webhook(signed(bench, body), body, datetime.now(UTC))
    assert (event.id, event.kind, event.key) == ("evt_1", "", None)
