"""What every test stands on: the embedded server, static files, fast password hashes, and rule markers."""

from __future__ import annotations

import gc
import os
import select
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from abono.config.env import PACKAGE
from abono.config.settings import ENV
from abono.domain.invoicing import fonts
from abono.entrypoints.site import fonts as web_fonts
from abono.platform import postgres
from tests import browser, bytecode, examples, hashers, rulebook, scanning

pytest_plugins = [
    "tests.citus.on_cluster",
    "tests.remembered",
    "tests.fixtures",
    "tests.clients",
    "tests.logged",
    "tests.database",
    "tests.workers",
]


def pytest_configure() -> None:
    gc.disable()  # what is collected stays: nothing to look for before the tests begin
    examples.register()
    hashers.make_fast()
    # Whoever sets the middleware up anew (tests/clients.py) would read every static file's headers each time.
    settings.WHITENOISE_AUTOREFRESH = True
    if (
        "FAKETIME" in os.environ
    ):  # make nightly: under a moved clock libc refuses the moment until which sleep waits
        time.sleep = lambda seconds: select.select([], [], [], seconds) and None


@pytest.hookimpl(trylast=True)  # Hypothesis keeps nothing before it has begun
def pytest_sessionstart(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):  # once, before workers would do it side by side
        prepare_files()
        bytecode.make(session.config)


def prepare_files() -> None:
    """Fonts, and static files when one is newer than the manifest: pages refuse to name an unknown file."""
    web_fonts.build(web_fonts.folder() / "site" / "inter.woff2")
    fonts.ready(ENV.home)
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    folders = [*PACKAGE.rglob("static"), *settings.STATICFILES_DIRS]
    sources = [file for folder in folders for file in Path(folder).rglob("*") if file.is_file()]
    newest = max((file.stat().st_mtime for file in sources), default=0)
    if not manifest.exists() or manifest.stat().st_mtime < newest:
        call_command("collectstatic", interactive=False, verbosity=0)


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    bytecode.of_ours_alone()
    yield
    rulebook.proven_by(items)  # refuses a rule or a part that the book does not have
    browser.require_for(items)


def pytest_collection_finish() -> None:
    """A million things stay until the end: rubbish is not looked for among them each time, nor often."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    gc.enable()


def pytest_report_header() -> list[str]:
    return [f"browser: {browser.chromium() or browser.ADVICE}", *filter(None, [scanning.advice()])]


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> Iterator[None]:
    """Without a DATABASE_URL the tests run on the embedded server, started for as long as they need it."""
    if ENV.database_url:
        yield
    else:
        with postgres.running(ENV.home):
            yield
