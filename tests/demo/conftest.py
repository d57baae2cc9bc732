from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from abono.config.settings import ENV
from abono.demo.story import ground
from abono.demo.story.ground import Ground
from abono.platform import postgres


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a database of the server that tests run on; others are made beside it."""
    if ENV.database_url:
        yield ENV.database_url
    else:
        with postgres.running(ENV.home) as url:
            yield url


@pytest.fixture
def place(server: str, tmp_path: Path) -> Iterator[Ground]:
    """An empty database and an empty folder, both gone afterwards."""
    made = Ground(ground.beside(server, f"abono_test_{secrets.token_hex(4)}"), tmp_path / "home")
    ground.create(made)
    yield made
    ground.drop(made)
