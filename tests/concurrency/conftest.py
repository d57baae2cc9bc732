"""What several of these tests stand on: metering whose books must be clean, a PostgreSQL or a payment simulator of their own."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import LazySettings
from pytest_django import DjangoDbBlocker

import tests.database
from abono.domain.payments import registry
from abono.platform import postgres
from abono.platform.postgres import place as postgres_place
from abono.platform.postgres import roles
from tests.concurrency.own_database import leading_to
from tests.domain.metering.world import World, books_are_clean
from tests.installed.conftest import database
from tests.stand_ins import SECRET, Simulator, start_simulator
from tests.upgrades import dumps


@pytest.fixture
def world(transactional_db: None) -> Iterator[World]:
    yield World()
    assert books_are_clean()


@pytest.fixture(scope="session")
def migrated(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Path]:
    """The folder of a server that has what was migrated once for all tests, and was stopped. Whoever kills one begins with a copy."""
    with database(tests.database.template) as dsn:
        dump = dumps.make(dsn)
    with pytest.MonkeyPatch.context() as patch, _folder(patch) as home:
        own = postgres.start(home)
        with django_db_blocker.unblock(), leading_to(own):
            roles.make()
        dumps.load(dump, into=own)
        postgres.stop(home)
        yield home


@pytest.fixture
def home(migrated: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for a server of its own, which every account may enter, as a checkout is."""
    with _folder(monkeypatch) as home:
        subprocess.run(["cp", "-a", migrated, home], check=True, timeout=60)
        yield home


@pytest.fixture
def own_database(home: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Path]:
    """The folder of a server that Django leads to."""
    with django_db_blocker.unblock(), leading_to(postgres.start(home)):
        yield home


@contextmanager
def _folder(patch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="abono-test-"))
    folder.chmod(0o755)
    patch.setattr(postgres_place, "ELSEWHERE", folder / "elsewhere")
    try:
        yield folder / "home"
    finally:
        postgres.stop(folder / "home")
        shutil.rmtree(folder)


@pytest.fixture
def simulator(tmp_path: Path, settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    with start_simulator(tmp_path) as running:
        options = {"base_url": running.url, "secret": SECRET, "public_url": running.url}
        adapter = "abono.gateways.simulator.adapter.SimulatorGateway"
        settings.GATEWAYS = {"simulator": {"adapter": adapter, "options": options}}
        registry.gateway.cache_clear()
        monkeypatch.setenv("ABONO_SIMULATOR_URL", running.url)
        monkeypatch.setenv("ABONO_SIMULATOR_SECRET", SECRET)
        yield running
        registry.gateway.cache_clear()
