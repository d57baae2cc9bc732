"""The one ASGI callable: who gets what, and when it refuses to start."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from abono.config import asgi
from abono.entrypoints.meter import bodies
from abono.platform.postgres import durability


def call(scope: dict[str, Any], *incoming: dict[str, Any]) -> list[dict[str, Any]]:
    """Run the callable on what a server would say; what it sends back."""
    sent: list[dict[str, Any]] = []
    messages = list(incoming)

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(asgi.application(scope, receive, send))
    return sent


def taken_by(name: str, calls: list[tuple[str, str]]) -> Any:
    async def app(scope: dict[str, Any], receive: asgi.Receive, send: asgi.Send) -> None:
        calls.append((name, scope["path"]))

    return app


def test_metering_takes_the_fast_lane_and_everything_else_is_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, str]] = []
    monkeypatch.setattr(asgi, "meter", taken_by("meter", calls))
    monkeypatch.setattr(asgi, "_pages", taken_by("pages", calls))
    hot = ["/v1/holds", "/v1/settlements", "/v1/interactions", "/v1/balances/ctr_1"]
    cold = ["/es/", "/v1/contracts", "/v1/openapi.json", "/inbound/cloudevents", "/static/site/inter.woff2"]
    for path in hot + cold:
        call({"type": "http", "method": "POST", "path": path, "headers": []})
    assert calls == [("meter", path) for path in hot] + [("pages", path) for path in cold]


@pytest.mark.rule("API-3", part="problems")
@pytest.mark.parametrize(
    ("path", "kind"),
    [("/en/sign-in/", b"text/html; charset=utf-8"), ("/inbound/zenvia/", b"application/problem+json")],
)
def test_a_body_that_does_not_come_is_given_up_before_a_thread_is_taken(
    monkeypatch: pytest.MonkeyPatch, path: str, kind: bytes
) -> None:
    monkeypatch.setattr(bodies, "READ_S", 0.01)
    sent: list[dict[str, Any]] = []

    async def never() -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "http_version": "1.1",
        "headers": [(b"host", b"localhost"), (b"content-length", b"10")],
    }
    asyncio.run(asgi.application(scope, never, send))
    headers = dict(sent[0]["headers"])
    assert (sent[0]["status"], headers[b"content-type"], headers[b"connection"]) == (408, kind, b"close")
    assert (asgi._admission.requests, asgi._admission.bytes) == (0, 0)


def test_it_starts_on_a_durable_database_and_stops_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "_look", lambda: None)
    sent = call({"type": "lifespan"}, {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    assert [message["type"] for message in sent] == [
        "lifespan.startup.complete",
        "lifespan.shutdown.complete",
    ]


@pytest.mark.rule("PKG-6")
def test_it_does_not_start_on_a_database_that_may_lose_commits(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        durability.judge({"fsync": "off", "full_page_writes": "on"})

    monkeypatch.setattr(asgi, "_look", refuse)
    [answer] = call({"type": "lifespan"}, {"type": "lifespan.startup"})
    assert answer["type"] == "lifespan.startup.failed"
    assert "fsync off" in answer["message"]
