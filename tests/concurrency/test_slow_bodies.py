"""Bodies as they come over real sockets: in chunks, slowly, or not at all. Nobody's slowness is another's."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection

import pytest
from pytest_django import DjangoDbBlocker

from abono.config.asgi import THREADS
from abono.domain.identity import actions as identity
from abono.kernel.ids import public
from abono.platform import clock
from tests.concurrency.server import Server, server
from tests.world import load_catalog, make_padaria


@pytest.fixture(scope="module")
def one(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Server]:
    with django_db_blocker.unblock(), server() as running:
        ask(running.port, "GET", "/en/terms/", within_s=60)  # the first page loads all that pages need
        yield running


@pytest.fixture
def running(one: Server, transactional_db: None) -> Server:
    load_catalog()
    return one


def ask(
    port: int, method: str, path: str, body: object = None, *, within_s: float = 5, **headers: str
) -> tuple[int, dict[str, str], str]:
    """`body`: bytes go with their length, an iterator of bytes in chunks."""
    connection = HTTPConnection("127.0.0.1", port, timeout=within_s)
    try:
        connection.request(method, path, body, headers, encode_chunked=hasattr(body, "__next__"))  # type: ignore[arg-type]
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()
    finally:
        connection.close()


def chunked(port: int, path: str, parts: list[bytes], **headers: str) -> tuple[int, dict[str, str], str]:
    return ask(port, "POST", path, iter(parts), **headers, **{"Transfer-Encoding": "chunked"})


@pytest.mark.rule("API-3")
@pytest.mark.parametrize(
    "path", ["/en/sign-in/", "/inbound/gateways/simulator/", "/v1/invoices/inv_x/payments"]
)
def test_callers_that_never_send_their_body_stop_nobody(running: Server, path: str):
    with ExitStack() as open_ones:
        for _ in range(2 * THREADS):
            idle = open_ones.enter_context(socket.create_connection(("127.0.0.1", running.port)))
            idle.sendall(f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nx".encode())
        for page in ("/en/plans/", "/v1/catalog?currency=BRL"):
            assert ask(running.port, "GET", page)[0] == 200


@pytest.mark.rule("API-3", part="problems")
def test_a_body_in_chunks_is_answered_as_one_with_a_length(running: Server, gateway: object):
    padaria = make_padaria(now=clock.now())
    _id, key = identity.issue_key(
        name="platform",
        customer_id=padaria.customer_id,
        scopes=("meter", "write"),
        expires_at=None,
        actor="ana",
        now=clock.now(),
    )
    caller = {"Authorization": f"Bearer {key}"}
    event = {
        "specversion": "1.0",
        "id": "e1",
        "source": "/platform",
        "type": "abono.send.sent",
        "data": {"channel": "sms", "kind": "message", "country": "BR"},
    }
    body = json.dumps([event]).encode()
    kind = {"Content-Type": "application/cloudevents-batch+json"}
    first = chunked(running.port, "/inbound/cloudevents/", [body[:7], body[7:]], **caller, **kind)
    again = ask(running.port, "POST", "/inbound/cloudevents/", body, **caller, **kind)
    assert (first[0], again[0]) == (200, 200)
    assert json.loads(first[2])["results"][0]["id"] == json.loads(again[2])["results"][0]["id"] == "e1"
    assert json.loads(again[2])["results"][0]["replayed"] is True

    limits = f"/v1/contracts/{public('ctr', padaria.contract_id)}/own-limits"
    told = ask(
        running.port,
        "PUT",
        limits,
        iter([b'{"cap_micro": ', b"50000000}"]),
        **caller,
        **{"Transfer-Encoding": "chunked", "Content-Type": "application/json", "Idempotency-Key": "k"},
    )
    assert (told[0], json.loads(told[2])["cap_micro"]) == (200, 50_000_000)


@pytest.mark.rule("API-3", part="problems")
def test_a_body_without_end_is_refused_as_soon_as_it_is_too_long(running: Server):
    megabyte = [b"x" * 1_048_576] * 5
    status, headers, body = chunked(running.port, "/inbound/cloudevents/", megabyte)
    assert (status, headers["content-type"]) == (413, "application/problem+json")
    assert json.loads(body)["code"] == "body_too_large"
    status, headers, body = chunked(running.port, "/en/sign-in/", megabyte)
    assert (status, headers["content-type"]) == (413, "text/html; charset=utf-8")
    assert "4 MB" in body


@pytest.mark.rule("API-3", part="problems")
@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/holds", 401, "no_usable_key"),
        ("/v1/catalog", 413, "body_too_large"),
        ("/inbound/cloudevents", 413, "body_too_large"),
        ("/en/sign-in/", 413, ""),
    ],
)
def test_who_reads_only_after_the_last_byte_is_written_reads_why_it_was_refused(
    running: Server, path: str, status: int, code: str
):
    kind = {"Content-Type": "application/json"}
    for megabytes in (6, 20):
        answer = ask(running.port, "POST", path, b" " * (megabytes << 20), within_s=20, **kind)
        assert answer[0] == status
        assert code in answer[2]
