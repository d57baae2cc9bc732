"""Stripe's adapter against localstripe, which others wrote: set-up, charge, refund, signed news, and a card that is typed in a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings
from django.test import RequestFactory
from django.utils import translation
from playwright.sync_api import Browser, Page, Request, sync_playwright

from abono.domain.payments.ports.port import FrameSession, Outcome, RefundOutcome, RefundRequest
from abono.entrypoints.portal.stripe_fields import views
from abono.kernel.money import Money
from tests.browser import ARGUMENTS, chromium
from tests.contract.bench import ORIGIN, PADARIA, fresh, request_for
from tests.contract.stripe.local import PUBLISHABLE_KEY, Local, serving, start_local
from tests.stand_ins import listening

GOOD, ASKS, REFUSED, NO_BALANCE = (
    "4242424242424242",
    "4000002500003155",
    "4000000000000002",
    "4000000000000341",
)


@pytest.fixture(scope="module")
def local() -> Iterator[Local]:
    with start_local() as running:
        yield running


def saved(local: Local, number: str = GOOD) -> str:
    """Token of a saved card of this number."""
    frame = local.gateway().open_card_frame(PADARIA, "es", ORIGIN, key=fresh())
    local.type_card(frame.ref, number)
    card = local.gateway().save_card(frame.ref, PADARIA, key=fresh()).card
    assert card is not None
    assert (card.brand, card.last4, card.holder, card.exp_year) == ("visa", number[-4:], "Ana Souza", 2039)
    return card.token


@pytest.mark.rule("WAL-3", "PAY-9")
def test_a_card_is_set_up_charged_and_given_back(local: Local) -> None:
    gateway, request = local.gateway(), request_for(saved(local), off_session=True)
    paid = gateway.charge(request)
    assert (paid.outcome, paid.amount) == (Outcome.PAID, Money(74_000, "BRL"))
    assert paid.reference is not None
    assert gateway.find(request.key, paid.reference) == paid
    back = RefundRequest(fresh(), paid.reference, Money(4_000, "BRL"))
    done = gateway.refund(back)
    assert done.outcome is RefundOutcome.DONE
    assert gateway.find_refund(back.key, paid.reference) == done
    assert gateway.find_refund(fresh(), paid.reference) is None


@pytest.mark.rule("WAL-4")
def test_a_forgotten_card_pays_nothing(local: Local) -> None:
    gateway, token = local.gateway(), saved(local)
    assert gateway.find_card(token) is not None
    assert gateway.forget_card(token)
    assert gateway.forget_card(token)
    assert gateway.find_card(token) is None


@pytest.mark.rule("WAL-6")
def test_a_card_that_is_refused_is_not_saved_or_pays_nothing(local: Local) -> None:
    gateway = local.gateway()
    frame = gateway.open_card_frame(PADARIA, "es", ORIGIN, key=fresh())
    assert local.type_card(frame.ref, REFUSED)["error"]["code"] == "card_declined"
    assert gateway.save_card(frame.ref, PADARIA, key=fresh()).card is None
    reply = gateway.charge(request_for(saved(local, NO_BALANCE)))
    assert reply.outcome is Outcome.DECLINED
    assert reply.decline is not None
    assert reply.decline.code == "card_declined"


def test_a_renewal_of_a_card_whose_holder_must_confirm_is_given_up(local: Local) -> None:
    frame = local.gateway().open_card_frame(PADARIA, "es", ORIGIN, key=fresh())
    assert local.type_card(frame.ref, ASKS)["status"] == "requires_action"
    assert local.gateway().save_card(frame.ref, PADARIA, key=fresh()).card is None  # not finished
    again = {"key": PUBLISHABLE_KEY}
    local.http.request("POST", f"{local.url}/v1/setup_intents/{frame.ref}/confirm", json=again)
    card = local.gateway().save_card(frame.ref, PADARIA, key=fresh()).card
    assert card is not None
    request = request_for(card.token, off_session=True)
    assert local.gateway().charge(request).outcome is Outcome.DECLINED


@pytest.mark.rule("PAY-7", part="news twice, late, in any order")
def test_its_news_are_signed_and_name_our_key(local: Local) -> None:
    gateway, token = local.gateway(), saved(local)
    with listening(*[200] * 50) as listener:
        local.tell(listener)
        request = request_for(token)
        paid = gateway.charge(request)
        told = set()
        while ("payment_intent.succeeded", request.key, paid.reference) not in told:  # others' may come late
            heard = listener.next()
            (event,) = gateway.parse_webhook(heard.headers, heard.body, datetime.now(UTC))
            told.add((event.kind, event.key, event.reference))


# The card fields in a browser

HOST = """<!doctype html><html lang="es"><head><title>Billetera</title></head><body><h1>Billetera</h1>
<iframe src="{url}" title="Tarjeta" width="340" height="600"></iframe>
<script>window.heard = []; addEventListener("message", (e) => heard.push([e.origin, e.data]));</script>"""


class _Site(BaseHTTPRequestHandler):
    """Our own pages: one that shows the fields, the fields as they are served, and our static files."""

    statics: Path
    heard: list[tuple[str, bytes]]
    frame_url = ""

    def do_GET(self) -> None:
        self.heard.append((f"{self.path} {self.headers}", b""))
        path = urlsplit(self.path).path
        if path.startswith("/static/"):
            kind = "text/css" if path.endswith(".css") else "text/javascript"
            self.say((self.statics / path.removeprefix("/static/")).read_bytes(), {"content-type": kind})
        elif "/card-fields/" in path:
            with translation.override("es"):
                answer = views.page(RequestFactory().get(path))
            self.say(answer.content, dict(answer.headers))
        else:
            page = HOST.format(url=escape(type(self).frame_url))
            self.say(page.encode(), {"content-type": "text/html; charset=utf-8"})

    def do_POST(self) -> None:
        self.heard.append((self.path, self.rfile.read(int(self.headers.get("content-length") or 0))))
        self.say(b"", {})

    def say(self, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silence: pytest shows what matters."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 360, "height": 800})
    yield page
    page.close()


@pytest.mark.e2e
@pytest.mark.rule("WAL-2", part="never to our server")
@pytest.mark.parametrize("number", [GOOD, ASKS])
def test_a_card_that_is_typed_in_a_browser_goes_to_stripe_alone(
    local: Local, page: Page, settings: LazySettings, number: str
) -> None:
    settings.STRIPE_FIELDS = {
        "publishable_key": PUBLISHABLE_KEY,
        "script_url": local.script_url,
        "api_url": local.url,
    }
    site = type("Site", (_Site,), {"statics": Path(settings.STATIC_ROOT), "heard": []})
    sent: list[Request] = []
    problems: list[str] = []
    page.on("request", lambda one: sent.append(one))
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    with serving(site) as origin:
        frame = local.gateway().open_card_frame(PADARIA, "es", origin, key=fresh())
        site.frame_url = frame.url  # type: ignore[attr-defined]
        page.goto(f"{origin}/")
        _type_into(page, number)
        if number == ASKS:
            page.frame_locator("iframe").get_by_role("button", name="Complete authentication").click()
        page.wait_for_function("heard.some(([, said]) => said.type === 'abono:card')")
        _nothing_of_it_came_to_us(page, site.heard, frame, origin, number)  # type: ignore[attr-defined]
    with_number = {urlsplit(one.url).netloc for one in sent if number in (one.post_data or "") + one.url}
    assert with_number == {urlsplit(local.url).netloc}
    assert [text for text in problems if "favicon" not in text] == []
    card = local.gateway().save_card(frame.ref, PADARIA, key=fresh()).card
    assert card is not None
    assert (card.last4, card.holder, card.exp_month, card.exp_year) == (number[-4:], "Ana Souza", 12, 2039)


def _type_into(page: Page, number: str) -> None:
    fields = page.frame_locator("iframe")
    use = fields.get_by_role("button", name="Usar esta tarjeta")
    use.click()
    fields.get_by_text("Escribe el nombre como está en la tarjeta.").wait_for()
    fields.get_by_label("Nombre en la tarjeta").fill("Ana Souza")
    for name, value in {"number": number, "exp_month": "12", "exp_year": "39", "cvc": "123"}.items():
        fields.get_by_placeholder(name, exact=True).fill(value)
    use.click()


def _nothing_of_it_came_to_us(
    page: Page, heard: list[tuple[str, bytes]], frame: FrameSession, origin: str, number: str
) -> None:
    said = [message for message in page.evaluate("heard") if message[1]["type"] == "abono:card"]
    assert said == [[origin, {"type": "abono:card", "ref": frame.ref}]]
    assert [what for what, body in heard if number in what or number.encode() in body] == []
    secret = frame.url.partition("#")[2]
    assert secret
    assert [what for what, _body in heard if secret in what] == []  # nor what opens the fields


def test_the_page_of_the_fields_loads_ours_and_stripes_alone_and_is_framed_by_ours_alone() -> None:
    policy = views.policy("https://js.stripe.com/v3/", "https://api.stripe.com")
    allowed = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    stripes = "https://js.stripe.com https://*.js.stripe.com"
    assert allowed["default-src"] == "'none'"
    assert allowed["script-src"] == f"'self' {stripes}"
    assert allowed["connect-src"] == "https://api.stripe.com"
    assert allowed["frame-src"] == f"{stripes} https://hooks.stripe.com"
    assert allowed["frame-ancestors"] == "'self'"
    assert re.search("unsafe", policy) is None
