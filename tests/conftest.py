"""What every test stands on: the database, static files, fast password hashes, and rule markers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from abono.config.env import PACKAGE
from abono.config.settings import ENV
from abono.entrypoints.site import fonts
from abono.platform import postgres
from tests import browser, flush, rulebook

pytest_plugins = ["tests.fixtures", "tests.citus.on_cluster"]


def pytest_configure(config: pytest.Config) -> None:
    # Hashing is slow on purpose; in tests it would be most of the time.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    patch = pytest.MonkeyPatch()
    config.add_cleanup(patch.undo)
    flush.reach_every_table(patch)
    flush.drop_whoever_is_connected(patch)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rulebook.proven_by(items)  # refuses a rule or a part that the book does not have
    browser.require_for(items)
    # The browser of tests/e2e stays open with an event loop of its own: after it no other loop can run.
    items.sort(key=lambda item: "e2e" in item.path.parts)


def pytest_report_header() -> str:
    return f"browser: {browser.chromium() or browser.ADVICE}"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> Iterator[None]:
    """Without a DATABASE_URL the tests run on the embedded server, started for as long as they need it."""
    if ENV.database_url:
        yield
    else:
        with postgres.running(ENV.home):
            yield


@pytest.fixture(scope="session", autouse=True)
def static_files() -> None:
    """Collect static files when one is newer than the manifest: pages refuse to name an unknown file."""
    fonts.build(fonts.folder() / "site" / "inter.woff2")
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    folders = [*PACKAGE.rglob("static"), *settings.STATICFILES_DIRS]
    sources = [file for folder in folders for file in Path(folder).rglob("*") if file.is_file()]
    newest = max((file.stat().st_mtime for file in sources), default=0)
    if not manifest.exists() or manifest.stat().st_mtime < newest:
        call_command("collectstatic", interactive=False, verbosity=0)
