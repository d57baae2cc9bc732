"""What every gateway must do with messages that claim to come from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from abono.domain.payments.ports.port import BadSignature
from tests.contract.bench import Bench

AT = datetime(2026, 11, 23, 11, 59, 58, tzinfo=UTC)  # when it happened
ON_SIMULATOR = pytest.mark.parametrize("bench", ["simulator"], indirect=True)


def told(bench: Bench) -> bytes:
    return bench.other_side.message("key-1", "pi_1", AT)


def signed(bench: Bench, body: bytes, moment: datetime | None = None) -> dict[str, str]:
    return bench.other_side.signed(body, moment or datetime.now(UTC))


@pytest.mark.rule("PAY-7")
def test_a_signed_webhook_is_read(bench: Bench) -> None:
    headers = {name.title(): value for name, value in signed(bench, told(bench)).items()}
    (event,) = bench.gateway.parse_webhook(headers, told(bench), datetime.now(UTC))
    assert (event.id, event.key, event.reference, event.happened_at) == ("evt_1", "key-1", "pi_1", AT)
    assert event.kind


def test_a_webhook_with_a_changed_body_is_refused(bench: Bench) -> None:
    body = told(bench)
    with pytest.raises(BadSignature):
        bench.gateway.parse_webhook(signed(bench, body), body.replace(b"key-1", b"key-2"), datetime.now(UTC))


def test_a_webhook_without_signature_is_refused(bench: Bench) -> None:
    with pytest.raises(BadSignature):
        bench.gateway.parse_webhook({}, told(bench), datetime.now(UTC))


def test_a_webhook_that_another_secret_signed_is_refused(bench: Bench) -> None:
    now = datetime.now(UTC)
    strange = bench.other_side.signed(told(bench), now, secret="another secret of somebody")
    with pytest.raises(BadSignature):
        bench.gateway.parse_webhook(strange, told(bench), now)


def test_a_webhook_that_is_no_text_is_refused(bench: Bench) -> None:
    with pytest.raises(BadSignature):
        bench.gateway.parse_webhook(signed(bench, told(bench)), b"\xff", datetime.now(UTC))


@pytest.mark.parametrize("away", [timedelta(minutes=-5, seconds=-1), timedelta(minutes=5, seconds=1)])
def test_a_webhook_of_another_time_is_refused(bench: Bench, away: timedelta) -> None:
    now, body = datetime.now(UTC), told(bench)
    with pytest.raises(BadSignature):
        bench.gateway.parse_webhook(signed(bench, body, moment=now + away), body, now)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'"x"', b'{"type": 7, "data": [], "timestamp": 3}'])
def test_a_genuine_webhook_that_is_not_understood_is_an_event_without_a_kind(
    bench: Bench, body: bytes
) -> None:
    (event,) = bench.gateway.parse_webhook(signed(bench, body), body, datetime.now(UTC))
    assert (event.kind, event.key) == ("", None)
    (again,) = bench.gateway.parse_webhook(signed(bench, body), body, datetime.now(UTC))
    assert again.id == event.id


@ON_SIMULATOR
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
    body = told(bench)
    with pytest.raises(BadSignature):
        bench.gateway.parse_webhook({**signed(bench, body), **change}, body, datetime.now(UTC))


@ON_SIMULATOR
def test_one_right_signature_of_several_is_enough(bench: Bench) -> None:
    body = told(bench)
    headers = signed(bench, body)
    headers["webhook-signature"] = f"v2,abc v1,AAAA {headers['webhook-signature']}"
    (event,) = bench.gateway.parse_webhook(headers, body, datetime.now(UTC))
    assert event.id == "evt_1"
