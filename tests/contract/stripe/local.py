"""localstripe, a stand-in for Stripe that others wrote: a process of its own, and a relay that leaves out what it does not
know and adds what it does not say."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import urllib3

from abono.demo.ports import any_free
from abono.gateways.stripe.adapter import StripeGateway
from tests.stand_ins import Listener

SECRET_KEY, PUBLISHABLE_KEY, WEBHOOK_SECRET = "sk_test_12345", "pk_test_12345", "whsec_of_the_tests"
UNKNOWN_THERE = re.compile(r"allowed_payment_method_types(\[|%5B)0(\]|%5D)=card&?")

# It listens on every address and has no option for another: here on loopback alone.
_ON_LOOPBACK = """
import _socket, runpy, socket
socket.socket.bind = lambda one, at: _socket.socket.bind(one, ("::ffff:127.0.0.1", at[1]) if at[0] == "::" else at)
runpy.run_module("localstripe", run_name="__main__", alter_sys=True)
"""


@dataclass
class Local:
    url: str  # where browsers reach it
    relay: str  # where our server does
    http: urllib3.PoolManager

    @property
    def script_url(self) -> str:
        return f"{self.url}/js.stripe.com/v3/"

    def gateway(self) -> StripeGateway:
        return StripeGateway(
            secret_key=SECRET_KEY,
            webhook_secret=WEBHOOK_SECRET,
            fields_path="/{language}/card-fields/stripe/",
            api_url=self.relay,
        )

    def type_card(self, setup: str, number: str) -> dict[str, Any]:
        """What its script in a browser does once a card was typed."""
        card = {"number": number, "exp_month": 12, "exp_year": 2039, "cvc": "123"}
        method = {"type": "card", "card": card, "billing_details": {"name": "Ana Souza"}}
        body = {"key": PUBLISHABLE_KEY, "payment_method_data": method}
        reply = self.http.request("POST", f"{self.url}/v1/setup_intents/{setup}/confirm", json=body)
        return dict(reply.json())

    def tell(self, listener: Listener) -> None:
        """Where it sends its news."""
        body = {"url": listener.url, "secret": WEBHOOK_SECRET}
        assert self.http.request("POST", f"{self.url}/_config/webhooks/abono", json=body).status == 200


def _with_sum(said: dict[str, Any]) -> dict[str, Any]:
    """What was taken stands at the charge alone there."""
    charge = said.get("latest_charge")
    if said.get("status") == "succeeded" and isinstance(charge, dict):
        return said | {"amount_received": charge["amount"] if charge["captured"] else 0}
    return said


class _Relay(BaseHTTPRequestHandler):
    there: str
    http: urllib3.PoolManager

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        kept = ("authorization", "content-type")
        reply = self.http.request(
            self.command,
            self.there + self.path,
            body=UNKNOWN_THERE.sub("", sent).rstrip("&") or None,
            headers={name: value for name, value in self.headers.items() if name.lower() in kept},
        )
        self.send_response(reply.status)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(_with_sum(reply.json())).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Silence: pytest shows what matters."""


@contextmanager
def start_local() -> Iterator[Local]:
    [port], http = any_free(1), urllib3.PoolManager(retries=False, timeout=30)
    process = subprocess.Popen(
        [sys.executable, "-c", _ON_LOOPBACK, "--from-scratch", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        patience = urllib3.Retry(200, backoff_factor=0.05, backoff_max=0.25)
        assert http.request("GET", f"{url}/js.stripe.com/v3/", retries=patience).status == 200
        with serving(type("Relay", (_Relay,), {"there": url, "http": http})) as relay:
            yield Local(url, relay, http)
    finally:
        process.terminate()
        process.wait(timeout=20)


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The origin at which `handler` answers, for as long as the block lasts."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
