"""What stands between us and a gateway: a test can keep a charge from arriving there, or its answer from us."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import urllib3


class Gate(ThreadingHTTPServer):
    """Passes everything on to `target`. `keeps` is "" or which part of the next charge stays here."""

    daemon_threads = True

    def __init__(self, target: str) -> None:
        self.target = target
        self.keeps = ""  # or "request", which is dropped then, or "answer", until `opened`
        self.kept, self.opened = threading.Event(), threading.Event()
        self.http = urllib3.PoolManager(retries=False, timeout=30)
        super().__init__(("127.0.0.1", 0), _Passing)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def keep(self, what: str) -> None:
        self.kept.clear()
        self.opened.clear()
        self.keeps = what

    def open(self) -> None:
        self.keeps = ""
        self.opened.set()

    def _wait(self) -> None:
        self.kept.set()
        assert self.opened.wait(60)


class _Passing(BaseHTTPRequestHandler):
    server: Gate

    def do_GET(self) -> None:
        self._pass()

    def do_POST(self) -> None:
        self._pass()

    def do_DELETE(self) -> None:
        self._pass()

    def _pass(self) -> None:
        gate, body = self.server, self.rfile.read(int(self.headers.get("content-length", "0")))
        charge = self.command == "POST" and self.path.endswith("/charges")
        if charge and gate.keeps == "request":
            gate._wait()
            return
        headers = {
            name: value for name, value in self.headers.items() if name in ("authorization", "content-type")
        }
        reply = gate.http.request(self.command, gate.target + self.path, body=body, headers=headers)
        if charge and gate.keeps == "answer":
            gate._wait()
        with suppress(OSError):  # whoever asked may be dead
            self.send_response(reply.status)
            self.send_header("content-type", reply.headers.get("content-type", ""))
            self.send_header("content-length", str(len(reply.data)))
            self.end_headers()
            self.wfile.write(reply.data)

    def log_message(self, format: str, *args: object) -> None:
        """Silence: pytest shows what matters."""


@contextmanager
def gate_to(target: str) -> Iterator[Gate]:
    with Gate(target) as gate:
        thread = threading.Thread(target=gate.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield gate
        finally:
            gate.open()
            gate.shutdown()
            thread.join()
