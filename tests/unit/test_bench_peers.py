"""The harness that compares with other systems counts what they took, and says when they did not take it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from bench.peers.__main__ import Peer, Unusable, known, measure


@pytest.fixture
def system() -> Iterator[ThreadingHTTPServer]:
    """A system that takes whatever comes, but for what is for `stranger`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.bodies.append(body)  # type: ignore[attr-defined]
            self.send_response(403 if b"stranger" in body else 204)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.bodies = []  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("name", sorted(known()))
def test_each_shape_is_json_that_carries_every_id_once(name: str):
    body = Peer.parse(f"{name}=http://127.0.0.1:1,whom").request(["first", "second"])
    json.loads(body)
    assert (body.count("first"), body.count("second"), body.count("whom")) == (1, 1, 2)


def test_what_was_taken_is_counted(system: ThreadingHTTPServer):
    peer = Peer.parse(f"lago=http://127.0.0.1:{system.server_port},whom")
    rate = measure(peer, seconds=0.2, batch=1_000, connections=2)
    bodies = [json.loads(body)["events"] for body in system.bodies]  # type: ignore[attr-defined]
    assert {len(events) for events in bodies} == {100}  # as many as that system takes at most
    assert rate > 0


def test_what_was_not_taken_stops_it(system: ThreadingHTTPServer):
    peer = Peer.parse(f"polar=http://127.0.0.1:{system.server_port},stranger")
    with pytest.raises(Unusable, match="polar: answered 403"):
        measure(peer, seconds=5, batch=10, connections=1)


@pytest.mark.parametrize(
    "text", ["nobody=http://127.0.0.1:1,whom", "lago=127.0.0.1,whom", "lago=http://127.0.0.1:1"]
)
def test_an_unknown_system_or_half_an_address_says_what_to_write(text: str):
    with pytest.raises(Unusable):
        Peer.parse(text)
