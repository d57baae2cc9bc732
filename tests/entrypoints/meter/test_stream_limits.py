"""What a stream may hold of memory, of connections and of others' turns."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from abono.entrypoints.meter import admission, stream
from abono.entrypoints.meter.stream import Lines
from abono.kernel.ids import uuid7
from tests.domain.metering.world import rows
from tests.entrypoints.meter.client import Answer, Program, Tenant
from tests.entrypoints.meter.streams import LINES, Open, post, text, told


def test_a_line_without_end_is_not_kept():
    lines = Lines()
    for _ in range(100):
        assert list(lines.feed(b"x" * 100_000)) == []
        assert len(lines._rest) <= stream.MAX_LINE
    assert list(lines.end()) == [None]


@pytest.mark.rule("PKG-5", "PKG-6")
def test_many_thousand_lines_are_held_in_order_up_to_the_limit(api: Program, padaria: Tenant):
    count = 3_000  # R$ 200 at 0.10 are 2,000 SMS
    whole = text(*(padaria.sms(f"{n}") for n in range(count)))
    parts = [whole[n : n + 65_536] for n in range(0, len(whole), 65_536)]
    answers = post(api, "/v1/holds", *parts)
    assert [a["id"] for a in answers] == [f"{n}" for n in range(count)]
    assert [a["status"] for a in answers] == ["held"] * 2_000 + ["refused"] * 1_000
    assert {a["code"] for a in answers[2_000:]} == {"sending_blocked"}
    assert rows("metering_send") == 2_000


def test_one_key_takes_not_all_streams(api: Program, padaria: Tenant, luna: Tenant):
    async def story() -> tuple[Answer, Answer]:
        many = [Open(api, padaria.sms(str(uuid7()))) for _ in range(admission.OF_A_KEY_STREAMS)]
        for it in many:
            await it.until(lambda it=it: len(it.lines) == 1)  # type: ignore[misc]
        one_more = await api.call("POST", "/v1/holds", [text(padaria.sms("x"))], LINES)
        other = await api.call(
            "POST", "/v1/holds", [text(luna.sms("x"))], LINES | {"authorization": f"Bearer {luna.key}"}
        )
        for it in many:
            it.feed(b"", more=False)
            await it.end()
        return one_more, other

    one_more, other = api.run(story())
    assert (one_more.status, one_more.json["code"]) == (503, "busy")
    assert told(other)[0]["status"] == "held"
    assert post(api, "/v1/holds", text(padaria.sms("x")))[0]["status"] == "held"  # they ended


@contextmanager
def cycle_locked(tenant: Tenant) -> Iterator[None]:
    """Somebody else has the row of the cycle."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT FROM metering_cycle WHERE contract_id = %s FOR UPDATE", [tenant.contract_id]
            )
        yield


def test_while_the_database_is_slow_no_more_is_read(api: Program, padaria: Tenant):
    part = text(*(padaria.sms(str(uuid7())) for _ in range(100)))

    async def begin() -> Open:
        it = Open(api)
        for _ in range(20):
            it.feed(part)
        await it.until(lambda: it.taken >= 1 + stream.AHEAD)
        for _ in range(200):
            await asyncio.sleep(0)
        return it

    async def finish(it: Open) -> None:
        it.feed(b"", more=False)
        await it.end()

    api.post("/v1/holds", padaria.sms("warm"))
    with cycle_locked(padaria):
        it = api.run(begin())
        assert it.taken <= 2 * (1 + stream.AHEAD)  # of twenty that lie there
        assert it.lines == []
    api.run(finish(it))
    assert len(it.lines) == 2_000
    assert [line.get("replayed", False) for line in it.lines] == [False] * 100 + [True] * 1_900


def test_too_many_streams_are_sent_away(api: Program, padaria: Tenant, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(admission, "MAX_STREAMS", 0)
    answer = api.run(api.call("POST", "/v1/holds", [text(padaria.sms("a"))], LINES))
    assert (answer.status, answer.json["code"], answer.headers["retry-after"]) == (503, "busy", "1")
    assert rows("metering_send") == 0
