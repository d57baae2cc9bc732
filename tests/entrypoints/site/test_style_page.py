"""The style page in a real browser: accessibility, the content security policy, widths, and life without scripts."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django import DjangoDbBlocker

from tests import browser
from tests.examples import first_by_day
from tests.looking import look_everywhere

pytestmark = pytest.mark.e2e

PARTS = (
    "",
    "?part=public",
    "?part=confirm",
    "?restricted=1&profile=viewer",
)  # the last is the first, otherwise


@pytest.fixture(scope="module")
def address(django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The application on a free port. Nothing here asks the database; but its threads, which outlive a server, may look at
    the connection that a test before this one left to them."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config("abono.config.asgi:application", lifespan="off", log_level="warning")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    with django_db_blocker.unblock():
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/es/style/"
    server.should_exit = True
    thread.join()
    thread.join()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser.chromium(), args=browser.ARGUMENTS)
        yield running
        running.close()


def opened(chromium: Browser, address: str, **context: object) -> tuple[Page, list[str]]:
    """The page, and whatever the browser complains about."""
    page = chromium.new_context(**context).new_page()  # type: ignore[arg-type]
    complaints: list[str] = []
    page.on(
        "console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address, wait_until="load")
    return page, complaints


@pytest.mark.parametrize("part", first_by_day(PARTS, 3))
def test_every_component_is_accessible_and_fits(chromium: Browser, address: str, part: str) -> None:
    page, complaints = opened(chromium, address + part, reduced_motion="reduce")
    look_everywhere(page)
    assert complaints == []
    page.context.close()


def test_the_menu_of_a_phone_opens_without_any_script(chromium: Browser, address: str) -> None:
    page, _ = opened(chromium, address, viewport={"width": 360, "height": 800}, java_script_enabled=False)
    menu = page.locator("#menu")
    assert not menu.is_visible()
    page.locator(".bar-button").click()
    assert menu.get_by_text("Información financiera").is_visible()
    page.context.close()


def test_a_phone_compares_one_plan_at_a_time_without_any_script(chromium: Browser, address: str) -> None:
    page, _ = opened(
        chromium,
        address + "?part=public",
        viewport={"width": 360, "height": 800},
        java_script_enabled=False,
    )
    heads = page.locator(".plan-table thead th")
    assert [head.is_visible() for head in heads.all()] == [False, False, True, False, False]
    page.get_by_text("Starter", exact=True).first.click()
    assert [head.is_visible() for head in heads.all()] == [True, False, False, False, False]
    page.context.close()


def test_a_dialog_asks_first_and_offers_the_way_back_first(chromium: Browser, address: str) -> None:
    page, complaints = opened(chromium, address, viewport={"width": 1280, "height": 800})
    page.locator("[data-dialog=end]").click()
    dialog = page.locator("dialog#end")
    assert dialog.is_visible()
    assert page.evaluate("document.activeElement.textContent") == "Keep the contract"
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    page.locator("[data-dialog=end]").click()
    dialog.get_by_text("Keep the contract").click()
    assert not dialog.is_visible()
    assert complaints == []
    page.context.close()


def test_a_form_that_moves_money_is_sent_once_however_often_its_button_is_pressed(
    chromium: Browser, address: str
) -> None:
    page, _ = opened(chromium, address + "?part=confirm", viewport={"width": 1280, "height": 800})
    page.route("**/paid", lambda route: route.fulfill(status=204))
    held_back = page.locator("form[data-once]").evaluate(
        """form => {
             const held = [];
             form.action = "/paid";
             window.addEventListener("submit", (event) => held.push(event.defaultPrevented));
             for (const _ of [1, 2, 3]) form.querySelector("button").click();
             return held;
           }"""
    )
    assert held_back == [False, True, True]
    page.context.close()


def test_figures_of_a_column_have_equal_widths(chromium: Browser, address: str) -> None:
    page, _ = opened(chromium, address, viewport={"width": 1280, "height": 800})
    page.evaluate("document.fonts.ready")
    assert page.evaluate("document.fonts.check('600 16px Inter')")
    widths = page.evaluate(
        """() => ["1111111", "8888888"].map((figures) => {
             const cell = document.createElement("span");
             cell.className = "number";
             cell.textContent = figures;
             document.querySelector("main").append(cell);
             return cell.getBoundingClientRect().width;
           })"""
    )
    assert widths[0] == widths[1]
    page.context.close()
