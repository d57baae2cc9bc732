"""HTTP on the standard library: bounds, who may call what, and which page or call it is."""

from __future__ import annotations

import base64
import hmac
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

from abono.gateways.simulator.company import outbox
from abono.gateways.simulator.company.levers import WrongLever
from abono.gateways.simulator.doors import (
    api,
    challenge_page,
    frame_page,
    levers_page,
    mandates_page,
    pix_page,
)
from abono.gateways.simulator.doors.api import Simulator
from abono.gateways.simulator.doors.render import Reply, asset, json_reply

MAX_BODY = 64 * 1024


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], sim: Simulator) -> None:
        self.sim = sim
        super().__init__(address, Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that hung up is no news; anything else is a bug and is shown."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class Handler(BaseHTTPRequestHandler):
    server: Server
    server_version = "abono-simulator"
    sys_version = ""
    timeout = 30

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged: the store tells all that there is to tell."""

    def _answer(self) -> None:
        length = self.headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit() or len(length) > 9:
            return self._send(json_reply(400, {"error": "invalid", "field": "content-length"}))
        if int(length) > MAX_BODY:
            return self._send(json_reply(413, {"error": "too_large"}))
        self._send(self._route(self.rfile.read(int(length))))

    def _route(self, body: bytes) -> Reply:
        where, sim = urlsplit(self.path), self.server.sim
        parts = tuple(unquote(part) for part in where.path.split("/")[1:])
        language = parse_qs(where.query).get("lang", [None])[0]
        match self.command, parts:
            case method, ("v1", *rest):
                return self._api(method, tuple(rest), body)
            case ("GET", ("",)) | ("POST", ("levers",)) if not self._may_pull():
                return _say_who_you_are()
            case "GET", ("",):
                return levers_page.show(
                    sim.store, sim.vault, sim.pushes, sim.mandates, webhook_url=sim.webhook_url
                )
            case "GET", ("health",):
                return json_reply(200, {"status": "ok"})
            case "GET", ("static", name):
                return asset(name) or _no_such_page()
            case "GET", ("frame", ref):
                return frame_page.show(sim.vault, ref, language)
            case "POST", ("frame", ref) if self._from_own_page():
                return frame_page.receive(sim.vault, ref, language, body)
            case "GET", ("challenge", reference):
                return challenge_page.show(sim.charges, reference, language)
            case "POST", ("challenge", reference) if self._from_own_page():
                form = dict(parse_qsl(body.decode("utf-8", "replace")))
                return challenge_page.receive(sim.charges, reference, language, form)
            case "POST", ("levers",) if self._from_own_page():
                return self._levers(dict(parse_qsl(body.decode("utf-8", "replace"))))
        return _no_such_page()

    def _api(self, method: str, parts: tuple[str, ...], body: bytes) -> Reply:
        given = self.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, f"Bearer {self.server.sim.secret}".encode()):
            return json_reply(401, {"error": "wrong_secret"})
        try:
            said = json.loads(body) if body else {}
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            return json_reply(400, {"error": "invalid", "field": "body"})
        return api.answer(self.server.sim, method, parts, said)

    def _levers(self, form: dict[str, str]) -> Reply:
        sim = self.server.sim
        try:
            match form.get("action"):
                case "pull":
                    levers_page.change(sim.store, form)
                case "settle" if form.get("outcome") in ("paid", "declined"):
                    sim.charges.settle(form.get("key", ""), form["outcome"])
                case "dispute":
                    sim.charges.dispute(form.get("key", ""))
                case "pay":
                    pix_page.pay(sim.pushes, form)
                case "contest":
                    sim.pushes.contest(form.get("reference", ""))
                case "answer":
                    mandates_page.answer(sim.mandates, form)
                case "debit":
                    mandates_page.pay(sim.mandates, form)
                case "renew":
                    sim.vault.renew_card(form.get("token", ""))
                    sim.news()
                case "resend":
                    outbox.resend(sim.store, form.get("event", ""))
                    sim.news()
        except WrongLever as wrong:
            return levers_page.show(
                sim.store, sim.vault, sim.pushes, sim.mandates, webhook_url=sim.webhook_url, notice=str(wrong)
            )
        return Reply(303, headers={"Location": "/"})

    def _may_pull(self) -> bool:
        """The page of levers settles charges as paid: its password is the secret, under any name."""
        if self.server.sim.open_levers:
            return True
        scheme, _, coded = self.headers.get("authorization", "").partition(" ")
        try:
            given = base64.b64decode(coded, validate=True).partition(b":")[2]
        except ValueError:
            return False
        return scheme.lower() == "basic" and hmac.compare_digest(given, self.server.sim.secret.encode())

    def _from_own_page(self) -> bool:
        """Browsers name the origin of every POST: no other site's page can send one here."""
        origin = urlsplit(self.headers.get("origin", ""))
        return bool(origin.netloc) and origin.netloc == self.headers.get("host")

    def _send(self, reply: Reply) -> None:
        if reply.lost:
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)


def _say_who_you_are() -> Reply:
    return Reply(
        401,
        b"Any name, and the secret that the simulator shares with Abono as the password.\n",
        "text/plain; charset=utf-8",
        {"WWW-Authenticate": 'Basic realm="levers of the payment simulator", charset="UTF-8"'},
    )


def _no_such_page() -> Reply:
    return Reply(404, b"There is no such page.\n", "text/plain; charset=utf-8")
