"""The one ASGI callable: who gets what, and when it refuses to start."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.test import RequestFactory

from abono.config import asgi
from abono.entrypoints.meter import bodies
from abono.platform.postgres import durability

pytestmark = pytest.mark.django_db  # threads that do pages may have a connection from before, and look at it


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


@pytest.mark.rule("API-3")
@pytest.mark.parametrize("path", ["/inbound/zenvia", "/v1/orders"])
def test_a_compressed_body_is_refused_with_what_to_do(path: str) -> None:
    headers = [(b"host", b"localhost"), (b"content-length", b"3"), (b"content-encoding", b"gzip")]
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "http_version": "1.1"}
    head, body = call({**scope, "headers": headers}, {"type": "http.request", "body": b"\x1f\x8b\x08"})[:2]
    assert (head["status"], dict(head["headers"])[b"accept-encoding"]) == (415, b"identity")
    assert b"without Content-Encoding" in body["body"]


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


@pytest.fixture
def behind_https(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """An https address with one proxy in front; the scopes that came through to pages or meter."""
    through: list[dict[str, Any]] = []

    async def app(scope: dict[str, Any], receive: asgi.Receive, send: asgi.Send) -> None:
        through.append(scope)

    monkeypatch.setattr(
        asgi, "ENV", asgi.ENV.model_copy(update={"public_url": "https://planes.seller.com", "proxies": 1})
    )
    monkeypatch.setattr(asgi, "meter", app)
    monkeypatch.setattr(asgi, "_pages", app)
    return through


def asked(path: str, method: str = "GET", **headers: str) -> dict[str, Any]:
    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {
        "type": "http",
        "method": method,
        "scheme": "http",
        "path": path,
        "query_string": b"package=brl-100",
        "client": ("127.0.0.1", 41_000),
        "headers": [(b"host", b"elsewhere.example"), *given],
    }


@pytest.mark.parametrize("path", ["/es/planos é/", "/v1/balances/ctr_1", "/static/site/site.js"])
def test_who_reads_an_https_address_by_http_is_sent_there(
    behind_https: list[dict[str, Any]], path: str
) -> None:
    start, _body = call(asked(path, x_forwarded_proto="http"))
    assert start["status"] == 308
    there = dict(start["headers"])[b"location"].decode()
    assert there == f"https://planes.seller.com{quote(path)}?package=brl-100"
    assert behind_https == []


@pytest.mark.parametrize("path", ["/v1/holds", "/es/sign-in/"])
def test_what_is_sent_to_an_https_address_by_http_is_not_done(
    behind_https: list[dict[str, Any]], path: str
) -> None:
    start, body = call(asked(path, "POST"))
    assert start["status"] == 403
    assert b"https only" in body["body"]
    assert behind_https == []


def test_what_came_by_https_to_the_proxy_is_served_as_from_who_asked_it(
    behind_https: list[dict[str, Any]],
) -> None:
    for path in ("/es/", "/v1/holds"):
        call(asked(path, x_forwarded_proto="https", x_forwarded_for="8.8.8.8, 203.0.113.7"))
    assert [(scope["scheme"], scope["client"]) for scope in behind_https] == [
        ("https", ("203.0.113.7", 0)),
        ("https", ("203.0.113.7", 0)),
    ]


def test_who_watches_from_beside_is_answered_without_https(behind_https: list[dict[str, Any]]) -> None:
    for path in ("/v1/live", "/v1/ready", "/v1/health"):  # the last one needs a key
        call(asked(path))
    assert [scope["path"] for scope in behind_https] == ["/v1/live", "/v1/ready"]


def test_a_file_that_is_sent_to_a_page_is_dropped_and_never_written_to_a_disk(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    kept: list[object] = []

    def view(request: HttpRequest) -> None:
        kept.extend([dict(request.POST), dict(request.FILES), list(tmp_path.iterdir())])

    file = SimpleUploadedFile("big.pdf", b"x" * 3_500_000)  # Django's own bound for memory is 2.5 MB
    view(RequestFactory().post("/en/sign-in/", {"email": "a", "file": file}))
    assert kept == [{"email": ["a"]}, {}, []]
