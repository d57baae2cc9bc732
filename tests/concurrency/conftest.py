"""What several of these tests stand on: metering whose books must be clean, a PostgreSQL or a payment simulator of their own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings

from abono.domain.payments import registry
from abono.platform import postgres
from abono.platform.postgres import place as postgres_place
from tests.domain.metering.world import World, books_are_clean
from tests.stand_ins import SECRET, Simulator, start_simulator


@pytest.fixture
def world(transactional_db: None) -> Iterator[World]:
    yield World()
    assert books_are_clean()


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for a server of its own, which every account may enter, as a checkout is."""
    folder = Path(tempfile.mkdtemp(prefix="abono-test-"))
    folder.chmod(0o755)
    monkeypatch.setattr(postgres_place, "ELSEWHERE", folder / "elsewhere")
    yield folder / "home"
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
