"""The card fields in a real browser, inside a page of another origin."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FrameLocator, Page, sync_playwright

from abono.domain.payments.ports.port import FrameSession
from tests.browser import ARGUMENTS, chromium
from tests.contract.bench import PADARIA, Bench, fresh
from tests.examples import first_by_day
from tests.stand_ins import Listener, listening

pytestmark = [pytest.mark.e2e, pytest.mark.parametrize("bench", ["simulator"], indirect=True)]

PAGE = """<!doctype html><html lang="es"><head><title>Billetera</title></head><body><h1>Billetera</h1>
<iframe src="{url}" title="Tarjeta" width="340" height="600"></iframe>
<script>window.heard = []; addEventListener("message", (e) => heard.push([e.origin, e.data]));</script>"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)


@pytest.fixture
def site() -> Iterator[Listener]:
    """A shop that shows the fields in a page of its own."""
    with listening(*[200] * 50) as listener:
        listener.reply_headers = {"content-type": "text/html; charset=utf-8"}
        yield listener


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 360, "height": 800})
    yield context.new_page()
    context.close()


def shown(
    bench: Bench, site: Listener, page: Page, *, parent_origin: str
) -> tuple[FrameSession, FrameLocator]:
    """Open the fields for a page of `parent_origin`, and show them in the site's page."""
    session = bench.gateway.open_card_frame(PADARIA, "es", parent_origin, key=fresh())
    site.reply = PAGE.format(url=escape(session.url)).encode()
    page.goto(f"{site.origin}/")
    return session, page.frame_locator("iframe")


def type_into(fields: FrameLocator, number: str, expiry: str = "1239") -> None:
    fields.get_by_label("Número de la tarjeta").press_sequentially(number)
    fields.get_by_label("Nombre en la tarjeta").fill("Ana Souza")
    fields.get_by_label("Vencimiento").press_sequentially(expiry)
    fields.get_by_label("CVV").fill("123")
    fields.get_by_role("button", name="Usar esta tarjeta").click()


@pytest.mark.rule("WAL-2")
def test_the_page_around_hears_a_reference_and_its_server_nothing(
    bench: Bench, site: Listener, page: Page
) -> None:
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    session, fields = shown(bench, site, page, parent_origin=site.origin)
    type_into(fields, "4242424242424242")
    fields.get_by_text("Visa terminada en 4242 está lista para usar.").wait_for()
    page.wait_for_function("heard.some(([, said]) => said.type === 'abono:card')")
    said = [message for message in page.evaluate("heard") if message[1]["type"] == "abono:card"]
    assert said == [[session.origin, {"type": "abono:card", "ref": session.ref}]]
    requests = [site.heard.get() for _ in range(site.heard.qsize())]
    assert [heard for heard in requests if b"4242" in heard.body or "4242" in str(heard.headers)] == []
    assert [text for text in problems if "favicon" not in text] == []
    saved = bench.gateway.save_card(session.ref, PADARIA, key=fresh())
    assert saved.card is not None
    assert (saved.card.last4, saved.card.exp_month, saved.card.exp_year) == ("4242", 12, 2039)


@pytest.mark.rule("WAL-6")
def test_a_mistake_stays_inside_the_fields_and_nothing_typed_is_lost(
    bench: Bench, site: Listener, page: Page
) -> None:
    _session, fields = shown(bench, site, page, parent_origin=site.origin)
    type_into(fields, "4242424242424241", expiry="0120")
    fields.get_by_role("link", name="Número de la tarjeta").click()
    number = fields.get_by_label("Número de la tarjeta")
    assert number.evaluate("field => field === document.activeElement")
    assert number.input_value() == "4242 4242 4242 4241"
    assert number.get_attribute("aria-invalid") == "true"
    assert "abono:card" not in [message[1]["type"] for message in page.evaluate("heard")]


@pytest.mark.rule("WAL-2")
def test_another_site_cannot_show_the_fields(bench: Bench, site: Listener, page: Page) -> None:
    shown(bench, site, page, parent_origin="https://abono.example")
    page.wait_for_function("frames.length === 1")
    assert [frame.url for frame in page.frames if "/frame/" in frame.url] == []
    assert page.evaluate("heard") == []


@pytest.mark.parametrize(
    ("scheme", "width"), first_by_day([("dark", 360), ("light", 1280), ("light", 360), ("dark", 1280)])
)
def test_the_simulators_pages_can_be_read_by_everybody(
    bench: Bench, browser: Browser, width: int, scheme: Literal["light", "dark"]
) -> None:
    session = bench.gateway.open_card_frame(PADARIA, "es", "https://abono.example", key=fresh())
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    for address in (f"{bench.other_side.url}/", session.url):
        page.goto(address)
        if address == session.url:
            page.get_by_role("button", name="Usar esta tarjeta").click()
            page.get_by_role("link", name="Número de la tarjeta").wait_for()
        found = Axe().run(
            page, options={"rules": {"page-has-heading-one": {"enabled": address != session.url}}}
        )
        assert found.response["violations"] == []
        assert page.evaluate("document.documentElement.scrollWidth") == width
    page.close()
