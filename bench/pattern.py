"""The pattern of the fast lane with nothing else in it: what single holds over HTTP could be at most.

One event in JSON, gathered while the call before is in flight, a balance that is drawn on and a row stored for each
event, durable. No keys, no contracts, no prices, no ids that come twice, no limits, no thresholds.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec
import psycopg

from bench import load
from bench.over_http import MOST_SINGLE, in_process, serving
from bench.report import Measured
from bench.world import Contracts, keys

LANES = 2
_SCHEMA = """
DROP TABLE IF EXISTS bench_event, bench_account;
CREATE TABLE bench_account (account uuid PRIMARY KEY, available bigint NOT NULL CHECK (available >= 0)) WITH (fillfactor = 50);
CREATE TABLE bench_event (account uuid, event uuid, available bigint NOT NULL, PRIMARY KEY (account, event));
CREATE OR REPLACE FUNCTION bench_draw(p_account uuid, p_event uuid[], OUT available bigint) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE bench_account a SET available = a.available - cardinality(p_event) WHERE a.account = p_account
        RETURNING a.available INTO available;
    INSERT INTO bench_event SELECT p_account, u.event, available FROM unnest(p_event) u (event);
END $$;
"""


def single_hot(contracts: Contracts, url: str, seconds: float) -> Measured:
    account = str(contracts.ids[0])
    with psycopg.connect(url, autocommit=True) as database:
        database.execute(_SCHEMA)
        database.execute("INSERT INTO bench_account VALUES (%s, %s)", (account, 10**15))
    with serving("bench.pattern:application", url) as port:
        wall, took = in_process(_load, account, port, seconds)
    return Measured("the bare pattern of the fast lane, as the next", len(took), wall, took)


def _load(account: str, port: int, seconds: float) -> tuple[float, list[float]]:
    requests = list(_requests(account, int(MOST_SINGLE * seconds)))
    return load.run(iter(requests), port, seconds=seconds, connections=128, held=1)


def _requests(account: str, count: int) -> Iterator[bytes]:
    for event in keys(count):
        body = f'{{"account":"{account}","event":"{event}"}}'
        yield (
            f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()


class _Event(msgspec.Struct):
    account: str
    event: str


class _Answer(msgspec.Struct):
    status: str
    available: int


_decode, _encode = msgspec.json.Decoder(_Event).decode, msgspec.json.Encoder().encode
_waiting: list[tuple[_Event, asyncio.Future[int]]] = []
_wake = asyncio.Event()
_lanes: list[asyncio.Task[None]] = []


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    if not _lanes:
        _lanes.extend(asyncio.create_task(_lane()) for _ in range(LANES))
    message = await receive()
    answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    _waiting.append((_decode(message["body"]), answer))
    _wake.set()
    body = _encode(_Answer("held", await answer))
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _lane() -> None:
    database = await psycopg.AsyncConnection.connect(os.environ["DATABASE_URL"], autocommit=True)
    database.prepare_threshold = 0
    while True:
        await _wake.wait()
        taken = list(islice(_waiting, 1_000))
        del _waiting[: len(taken)]
        if not taken:
            _wake.clear()
            continue
        events = "{" + ",".join(event.event for event, _ in taken) + "}"
        cursor = await database.execute(
            "SELECT bench_draw(%s::uuid, %s::uuid[])", (taken[0][0].account, events)
        )
        row = await cursor.fetchone()
        assert row is not None
        for _, answer in taken:
            answer.set_result(row[0])
