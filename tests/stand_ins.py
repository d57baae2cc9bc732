"""Processes that stand in for other companies: a test starts one and asks it afterwards what it saw."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import urllib3
from standardwebhooks import Webhook

from abono.gateways.simulator.adapter import SimulatorGateway
from abono.gateways.simulator.company.cards import Behaviour, card_that
from abono.kernel.webhook_key import webhook_key

SECRET = "a secret of the tests"


@dataclass
class Simulator:
    """A running payment simulator, seen from outside."""

    store: Path
    webhook_url: str | None = None
    pix_webhook_url: str | None = None
    secret: str = SECRET
    port: int = 0  # 0: any free one; after the first start the one that it got
    locked: bool = False  # its page of levers asks for the secret
    process: subprocess.Popen[str] | None = None
    http: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(retries=False, timeout=30))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the process, on the port that it had before; returns when it serves."""
        options = ["--port", str(self.port), "--store", str(self.store), "--secret", self.secret]
        options += [] if self.locked else ["--open-levers"]
        if self.webhook_url:
            options += ["--webhook-url", self.webhook_url]
        if self.pix_webhook_url:
            options += ["--pix-webhook-url", self.pix_webhook_url]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "abono.gateways.simulator", *options], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()  # "payment simulator on http://127.0.0.1:40123"
        assert line, "the simulator did not start"
        self.port = int(line.rsplit(":", 1)[1])

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End the process; with SIGKILL, in the middle of whatever it does. Returns its exit code."""
        assert self.process is not None
        assert self.process.stdout is not None
        os.kill(self.process.pid, how)
        code = self.process.wait(timeout=20)
        self.process.stdout.close()
        return code

    def gateway(self, **options: Any) -> SimulatorGateway:
        """An adapter of ours that speaks to it."""
        return SimulatorGateway(base_url=self.url, secret=self.secret, public_url=self.url, **options)

    def stranger(self) -> SimulatorGateway:
        """Somebody whom it does not know."""
        return SimulatorGateway(base_url=self.url, secret="another secret of ours", public_url=self.url)

    def card_fields(self, parent_origin: str) -> str:
        """Of which origin its card fields are, on a page of `parent_origin`."""
        return self.url

    def message(self, key: str, reference: str, moment: datetime) -> bytes:
        """What it tells of a charge that was paid."""
        said = {
            "type": "charge.paid",
            "timestamp": moment.isoformat(),
            "data": {"key": key, "reference": reference},
        }
        return json.dumps(said).encode()

    def last_told(self) -> bytes:
        """What it said last without being asked."""
        return str(self.events()[-1]["body"]).encode()

    def signed(self, body: bytes, moment: datetime, *, secret: str = "") -> dict[str, str]:
        return signed(body.decode(), secret=secret or self.secret, message_id="evt_1", moment=moment)

    def press(self, url: str, outcome: str) -> None:
        """The holder confirms on the bank's page (`paid`), or refuses there (`declined`)."""
        reply = self.http.request(
            "POST", url, fields={"outcome": outcome}, encode_multipart=False, headers={"origin": self.url}
        )
        assert reply.status == 200

    def type_card(self, frame_ref: str, number: str, **other: str) -> dict[str, Any]:
        """Do what the page in the frame does when a person types a card and presses its button."""
        typed = {"number": number, "holder": "Ana Souza", "expiry": "12/39", "cvv": "123", **other}
        reply = self.http.request(
            "POST", f"{self.url}/frame/{frame_ref}", json=typed, headers={"origin": self.url}
        )
        return dict(reply.json())

    def type_card_that(self, behaviour: Behaviour, frame_ref: str) -> None:
        answer = self.type_card(frame_ref, card_that(behaviour).number)
        assert answer["ref"] == frame_ref, answer

    def pull(self, **levers: object) -> None:
        """Set levers of the next calls: see `abono.gateways.simulator.company.levers`."""
        self.ask("POST", "levers", levers)

    def book(self) -> list[dict[str, Any]]:
        """Every movement of money that it made, in order."""
        return list(self.ask("GET", "book")["movements"])

    def events(self) -> list[dict[str, Any]]:
        return list(self.ask("GET", "events")["events"])

    def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        reply = self.http.request(
            method,
            f"{self.url}/v1/{path}",
            body=None if body is None else json.dumps(body),
            headers={"authorization": f"Bearer {self.secret}"},
        )
        assert reply.status < 300, (reply.status, reply.data)
        return dict(reply.json())


def signed(body: str, *, secret: str, message_id: str, moment: datetime) -> dict[str, str]:
    """The headers of a message as the Standard Webhooks specification signs it."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(webhook_key(secret)).sign(message_id, moment, body),
    }


@contextmanager
def start_simulator(folder: Path, webhook_url: str | None = None) -> Iterator[Simulator]:
    """A simulator of one's own, with an empty book in `folder`, for as long as the block lasts."""
    simulator = Simulator(folder / "simulator.sqlite3", webhook_url)
    simulator.start()
    try:
        yield simulator
    finally:
        assert simulator.process is not None
        if simulator.process.poll() is None:
            simulator.stop()


@dataclass(frozen=True)
class Heard:
    """One request that came to a listener."""

    headers: dict[str, str]
    body: bytes


class Listener(ThreadingHTTPServer):
    """Hears requests. It answers `statuses` in turn, then 204 for good, always with `reply`."""

    daemon_threads = True

    def __init__(self, statuses: tuple[int, ...] = ()) -> None:
        self.heard: queue.Queue[Heard] = queue.Queue()
        self.reply = b""
        self.reply_headers: dict[str, str] = {}
        self._statuses = list(statuses)
        super().__init__(("127.0.0.1", 0), _Ear)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def url(self) -> str:
        return f"{self.origin}/inbound/gateways/simulator/"

    def next(self, timeout_s: int = 20) -> Heard:
        """The next request that nobody took yet; waits for it."""
        return self.heard.get(timeout=timeout_s)

    def status(self) -> int:
        return self._statuses.pop(0) if self._statuses else 204


class _Ear(BaseHTTPRequestHandler):
    server: Listener

    def do_GET(self) -> None:
        self.do_POST()

    def do_DELETE(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        self.server.heard.put(Heard(dict(self.headers), body))
        self.send_response(self.server.status())
        for name, value in self.server.reply_headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.server.reply)

    def log_message(self, format: str, *args: object) -> None:
        """Silence: pytest shows what matters."""


@contextmanager
def listening(*statuses: int) -> Iterator[Listener]:
    """A server that takes whatever comes, for as long as the block lasts."""
    with Listener(statuses) as listener:
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield listener
        finally:
            listener.shutdown()
            thread.join()
