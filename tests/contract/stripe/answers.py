"""Our stand-in for Stripe's API on this machine: every request and every answer is held against Stripe's description."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import stripe
import urllib3

from abono.gateways.simulator.company.cards import Behaviour
from abono.gateways.stripe.adapter import StripeGateway
from tests.contract.stripe import shapes
from tests.contract.stripe.book import Book, Json, Refused, invalid

SECRET_KEY, WEBHOOK_SECRET = "sk_test_of_the_tests", "whsec_of_the_tests"
FIELDS = "/{language}/card-fields/stripe/"


@dataclass
class Saved:
    """The answer that is kept for an idempotency key."""

    asked: tuple[str, str]
    answer: tuple[int, Json] | None = None


@dataclass
class Answers:
    """A running stand-in, seen from outside: it has what `tests.stand_ins.Simulator` has."""

    there: Book = field(default_factory=Book)
    secret: str = WEBHOOK_SECRET
    http: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(retries=False, timeout=30))
    saved: dict[str, Saved] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)  # what Stripe's description does not allow, on either side
    heard: list[tuple[str, Json, dict[str, str]]] = field(default_factory=list)
    told: list[Json] = field(default_factory=list)
    server: ThreadingHTTPServer | None = None
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        answers = self

        class Handler(_Handler):
            side = answers

        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.there.origin, self.there.tell = self.url, self.tell
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self, how: object = None) -> None:
        assert self.server is not None
        self.server.shutdown()
        self.server.server_close()

    def gateway(self, **options: Any) -> StripeGateway:
        return StripeGateway(
            **{
                "secret_key": SECRET_KEY,
                "webhook_secret": self.secret,
                "fields_path": FIELDS,
                "api_url": self.url,
                **options,
            }
        )

    def stranger(self) -> StripeGateway:
        """Somebody whom the gateway does not know."""
        return self.gateway(secret_key="sk_test_of_somebody")

    def card_fields(self, parent_origin: str) -> str:
        """Of which origin the card fields are: our own page around Stripe's."""
        return parent_origin

    def message(self, key: str, reference: str, moment: datetime) -> bytes:
        """What it tells of a charge that was paid."""
        intent = {
            "id": reference,
            "object": "payment_intent",
            "created": 0,
            "livemode": False,
            "status": "succeeded",
            "metadata": {"abono_key": key},
        }
        told = self.event("payment_intent.succeeded", intent, id="evt_1")
        return json.dumps(told | {"created": int(moment.timestamp())}).encode()

    def last_told(self) -> bytes:
        return json.dumps(self.told[-1]).encode()

    def signed(self, body: bytes, moment: datetime, *, secret: str = "") -> dict[str, str]:
        signature = stripe.WebhookSignature.generate_signature_header(
            body.decode(), secret or self.secret, int(moment.timestamp())
        )
        return {"stripe-signature": signature}

    def type_card_that(self, behaviour: Behaviour, frame_ref: str) -> None:
        self.there.type_card(frame_ref, behaviour)

    def pull(self, **levers: object) -> None:
        self.there.levers.update(levers)

    def book(self) -> list[Json]:
        return list(self.there.movements)

    def ask(self, method: str, path: str, body: Json | None = None) -> None:
        """What happens at Stripe without us: a bank decides, a holder disputes."""
        if path.startswith("cards/"):
            self.there.renew_card(path.split("/")[2])
            return
        _charges, key, what = path.split("/")
        intent = self.there.by_key(key)
        if what == "dispute":
            self.there.dispute(intent)
        elif (body or {}).get("outcome") == "paid":
            self.there.take(intent)
        else:
            self.there.decline(intent, "card_declined", "generic_decline")

    def press(self, url: str, outcome: str) -> None:
        """The holder confirms on the bank's page, or refuses there."""
        intent = self.there.objects[urlsplit(url).path.rpartition("/")[2]]
        if intent["status"] != "requires_action":
            return
        if outcome == "paid":
            self.there.take(intent)
        else:
            self.there.decline(intent, "payment_intent_authentication_failure")

    def tell(self, kind: str, about: Json) -> None:
        self.told.append(self.event(kind, about))

    def event(self, kind: str, about: Json, id: str = "") -> Json:
        made = {
            "id": id or f"evt_{len(self.told) + 1:024d}",
            "object": "event",
            "api_version": stripe.api_version,
            "created": int(time.time()),
            "data": {"object": json.loads(json.dumps(about))},
            "livemode": False,
            "pending_webhooks": 1,
            "request": None,
            "type": kind,
        }
        self.wrong += shapes.wrong_in_answer("event", made)
        return made

    # One call

    def answer(
        self, method: str, target: str, sent: Json, headers: dict[str, str]
    ) -> tuple[int, Json] | None:
        """None: the line is cut."""
        path = urlsplit(target).path
        if headers.get("authorization") != f"Bearer {SECRET_KEY}":
            return 401, {
                "error": {"type": "invalid_request_error", "message": "Invalid API Key provided: sk_***"}
            }
        self.heard.append((f"{method} {path}", sent, headers))
        try:
            template, shape = shapes.call(method, path)
        except LookupError as unknown:
            self.wrong.append(str(unknown))
            return 404, {"error": invalid("Unrecognized request URL").error}
        if wrong := [f"{method} {path}: {why}" for why in shapes.wrong_in_request(shape, sent)]:
            self.wrong += wrong
            return 400, {"error": invalid(wrong[0], code="parameter_unknown").error}
        key = headers.get("idempotency-key", "") if method == "post" else ""
        with self.there.lock:
            known = self.saved.get(key)
            asked = (path, json.dumps(sent, sort_keys=True))
            if known is not None and known.asked != asked:
                text = "Keys for idempotent requests can only be used with the same parameters."
                return 400, {"error": {"type": "idempotency_error", "message": text}}
            if known is not None:
                in_use = invalid("Another request uses this key.", code="idempotency_key_in_use")
                return known.answer or (409, {"error": in_use.error})
            saved = self.saved[key] = Saved(asked)
        if self._is_lost("request_lost", template, sent):
            del self.saved[key]
            return None
        saved.answer = self._done(method, template, path, sent)
        if not key:
            del self.saved[key]
        if self._is_lost("answer_lost", template, sent):
            return None
        return saved.answer

    def _done(self, method: str, template: str, path: str, sent: Json) -> tuple[int, Json]:
        try:
            with self.there.lock:
                said = self._act(method, template, path, sent)
            if method == "post":
                self._wait(said)
            said = self.there.shown(said, sent.get("expand", []))
            if said["object"] in {"list", "search_result"}:
                said["data"] = [self.there.shown(one, sent.get("expand", [])) for one in said["data"]]
            elif said.get("status") != "pondering":
                self.wrong += shapes.wrong_in_answer(said["object"], said)
            return 200, json.loads(json.dumps(said))
        except Refused as refused:
            self.wrong += shapes.wrong_in_answer("api_errors", refused.error)
            return refused.status, json.loads(json.dumps({"error": refused.error}))

    def _act(self, method: str, template: str, path: str, sent: Json) -> Json:
        book, id = self.there, path.split("/")[3] if path.count("/") > 2 else ""
        match method, template:
            case "post", "/v1/customers":
                return book.make_customer(sent)
            case "get", "/v1/customers/{customer}":
                return book.get(id, "customer")
            case "post", "/v1/customers/{customer}":
                return book.update_customer(id, sent)
            case "post", "/v1/setup_intents":
                return book.make_setup(sent)
            case "get", "/v1/setup_intents/{intent}":
                return book.get(id, "setup_intent")
            case "get", "/v1/payment_methods/{payment_method}":
                return book.get(id, "payment_method")
            case "post", "/v1/payment_methods/{payment_method}/detach":
                return book.detach(id)
            case "post", "/v1/payment_intents":
                return book.make_intent(sent)
            case "get", "/v1/payment_intents":
                return book.list("payment_intent", sent)
            case "get", "/v1/payment_intents/search":
                return self._searched(sent["query"])
            case "get", "/v1/payment_intents/{intent}":
                return book.get(id, "payment_intent")
            case "post", "/v1/payment_intents/{intent}/cancel":
                return book.cancel(id)
            case "post", "/v1/refunds":
                return book.refund(sent)
            case "get", "/v1/refunds":
                return book.list("refund", sent)
        raise AssertionError(template)

    def _searched(self, query: str) -> Json:
        """The index is empty while the lever says that it is late."""
        found = re.fullmatch(r"metadata\['abono_key'\]:'([^']+)'", query)
        assert found, query
        every = (
            []
            if self.there.levers.get("index_late")
            else self.there.list("payment_intent", {"limit": 100})["data"]
        )
        data = [one for one in every if one["metadata"].get("abono_key") == found[1]]
        return {
            "object": "search_result",
            "data": data,
            "has_more": False,
            "url": "/v1/payment_intents/search",
        }

    def _wait(self, said: Json) -> None:
        """A slow charge is answered once it is paid."""
        if said["object"] == "payment_intent" and self.there.behaves(said) is Behaviour.SLOW:
            time.sleep(self.there.levers["slow_ms"] / 1000)
            self.there.take(said)

    def _is_lost(self, how: str, template: str, sent: Json) -> bool:
        if template == "/v1/setup_intents/{intent}" and how == "answer_lost":
            return self.there.levers.pop("next_verification", None) == how
        if template != "/v1/payment_intents" or "payment_method" not in sent:
            return False
        return self.there.behaviours.get(sent["payment_method"]) is Behaviour(how)


class _Handler(BaseHTTPRequestHandler):
    side: Answers

    def do_GET(self) -> None:
        self._serve("get", urlsplit(self.path).query)

    def do_POST(self) -> None:
        self._serve("post", self.rfile.read(int(self.headers.get("content-length") or 0)).decode())

    def _serve(self, method: str, form: str) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.side.answer(method, self.path, unflattened(form), headers)
        if answer is None:
            self.close_connection = True
            return
        body = json.dumps(answer[1]).encode()
        self.send_response(answer[0])
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silence: pytest shows what matters."""


def unflattened(form: str) -> Json:
    """`a[b][c]=1&d[]=2&e[0]=3` as an object, the way Stripe reads forms."""
    found: Json = {}
    for name, value in parse_qsl(form, keep_blank_values=True):
        first, *more = re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name)
        place: Any = found
        for part, then in zip([first, *more], [*more, None], strict=True):
            empty: Any = [] if then is not None and (then == "" or then.isdigit()) else {}
            if isinstance(place, list):
                if then is None:
                    place.append(value)
                continue
            if then is None:
                place[part] = value
            else:
                place = place.setdefault(part, empty)
    return found


@contextmanager
def start_answers() -> Iterator[Answers]:
    answers = Answers()
    answers.start()
    try:
        yield answers
    finally:
        answers.stop()
    assert answers.wrong == []
