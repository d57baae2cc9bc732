"""What browser tests share: Chromium, a served world with a payment simulator, and pages that are watched.

A page fails its test on a console error, a script error, a violation of the content security policy or an answer
of 4xx or 5xx that the test did not announce. `tests.looking` adds accessibility and the width of the page.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import urllib3
from django.conf import LazySettings
from django.conf import settings as configured
from django.db import connection
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Response,
    sync_playwright,
)

from abono.domain.payments import registry
from tests.browser import ARGUMENTS, chromium
from tests.entrypoints.portal.reading import signed_in
from tests.looking import WIDTHS
from tests.stand_ins import Simulator, start_simulator
from tests.world import load_catalog

LANGUAGES = ("es", "pt-br", "en")

# Inside the page: a violation is told to the console as an error, wherever in the page it happens.
_TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""
_STATUS = re.compile(r"^Failed to load resource: .* status of (\d{3})")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests of this folder drive a browser, against a database that other threads see."""
    for item in items:
        if item.nodeid.startswith("tests/e2e/"):
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.django_db(transaction=True))


@dataclass
class World:
    """What is served, and the other side of its payments."""

    url: str
    simulator: Simulator
    begun: int = 0

    @property
    def taken(self) -> list[int]:
        """What the gateway took since the test began, in minor units."""
        movements = self.simulator.book()[self.begun :]
        return [entry["amount_minor"] for entry in movements if entry["kind"] == "capture"]


@dataclass
class Watch:
    """What went wrong on the pages of one context. `expected` are statuses that the test announced."""

    wrong: list[str] = field(default_factory=list)
    expected: set[int] = field(default_factory=set)

    def hear(self, message: ConsoleMessage) -> None:
        status = _STATUS.match(message.text)
        if message.type == "error" and not (status and int(status[1]) in self.expected):
            self.wrong.append(f"console: {message.text} ({message.location.get('url')})")

    def answer(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.wrong.append(f"{response.status}: {response.url}")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    # Playwright runs an event loop in this thread; the database is used between its calls, never inside them.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield launched
        launched.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="package")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with start_simulator(tmp_path_factory.mktemp("simulator")) as running:
        yield running


@pytest.fixture(scope="package")
def served(
    simulator: Simulator, django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The site in a process of its own, as in production, on the tests' database. Its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "DATABASE_URL": _dsn(),
        "ABONO_PUBLIC_URL": url,
        "ABONO_SECRET_KEY": configured.SECRET_KEY,
        "ABONO_SIMULATOR_URL": simulator.url,
        "ABONO_SIMULATOR_SECRET": simulator.secret,
        "ABONO_SANDBOX": "1",
        "ABONO_ALLOW_UNSAFE_FSYNC": "1",
    }
    log = tmp_path_factory.mktemp("served") / "log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.serve", str(port)], env=environment, stdout=file, stderr=file
        )
    try:
        _wait_for(url, process, log)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


def _dsn() -> str:
    """The database that Django's test runner made, as an address."""
    at = connection.settings_dict
    given = {"host": at["HOST"], "port": at["PORT"], "user": at["USER"], "password": at["PASSWORD"]}
    return f"postgresql:///{at['NAME']}?{urlencode({name: text for name, text in given.items() if text})}"


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until the site answers; urllib3 pauses between the tries."""
    patient = urllib3.PoolManager(retries=urllib3.Retry(30, backoff_factor=0.1, backoff_max=1))
    try:
        patient.request("GET", f"{url}/en/terms/")
    except urllib3.exceptions.MaxRetryError:
        raise AssertionError(f"not served ({process.poll()}): {log.read_text()}") from None


@pytest.fixture
def world_server(
    served: str, transactional_db: None, settings: LazySettings, simulator: Simulator
) -> Iterator[World]:
    """The site with the shipped catalog on sale and a payment simulator behind it, which tests share."""
    options: dict[str, Any] = {
        "base_url": simulator.url,
        "public_url": simulator.url,
        "secret": simulator.secret,
        "read_timeout_s": 4,
    }
    adapter = "abono.gateways.simulator.adapter.SimulatorGateway"
    pix = {"base_url": simulator.url, "secret": simulator.secret}
    settings.GATEWAYS = {
        "simulator": {"adapter": adapter, "options": options},
        "simulator_pix": {"adapter": "abono.gateways.simulator.pix.SimulatorPix", "options": pix},
    }
    settings.PUBLIC_URL = served
    registry.gateway.cache_clear()
    load_catalog()
    yield World(served, simulator, len(simulator.book()))
    registry.gateway.cache_clear()


PHONE, DESK = WIDTHS


@pytest.fixture(params=[PHONE, pytest.param(DESK, marks=pytest.mark.nightly)], ids=lambda width: f"{width}px")
def width(request: pytest.FixtureRequest) -> int:
    """A phone and, at night, a desk: what fits the one fits the other, where `look_everywhere` looks each time."""
    return int(request.param)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def open_context(
    browser: Browser, world_server: World, watch: Watch
) -> Iterator[Callable[..., BrowserContext]]:
    """Makes a browser of a person: `open_context(width=360, color_scheme="dark")`. Each is watched."""
    opened: list[BrowserContext] = []

    def open_one(*, width: int = 1280, **options: Any) -> BrowserContext:
        viewport = {"width": width, "height": WIDTHS[width]}
        context = browser.new_context(
            base_url=world_server.url, viewport=viewport, reduced_motion="reduce", **options
        )
        context.set_default_timeout(15_000)
        context.add_init_script(_TELL_VIOLATIONS)
        context.on("console", watch.hear)
        context.on("response", watch.answer)
        context.on("weberror", lambda error: watch.wrong.append(f"script: {error.error}"))
        opened.append(context)
        return context

    yield open_one
    for context in opened:
        context.close()
    assert watch.wrong == []


@pytest.fixture
def page(open_context: Callable[..., BrowserContext], request: pytest.FixtureRequest) -> Page:
    """One watched page; as wide as the test's `width`, when it has one."""
    wide = request.getfixturevalue("width") if "width" in request.fixturenames else 1280
    return open_context(width=wide).new_page()


def sign_in(page: Page, who: str = "ana@padaria.example") -> Page:
    """As somebody who signed in before: the page for it has a test of its own."""
    name = configured.SESSION_COOKIE_NAME
    session = signed_in(who).cookies[name].value
    page.context.add_cookies([{"name": name, "value": session, "url": configured.PUBLIC_URL}])
    return page
