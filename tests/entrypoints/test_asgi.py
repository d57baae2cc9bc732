"""The one ASGI callable: who gets what, and when it refuses to start."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from abono.config import asgi
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
        call({"type": "http", "method": "POST", "path": path})
    assert calls == [("meter", path) for path in hot] + [("pages", path) for path in cold]


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
