from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from abono.config.settings import ENV
from abono.demo.story import ground
from abono.demo.story.ground import Ground
from abono.platform import postgres
from tests import database


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
    made = _beside(server, tmp_path)
    ground.create(made)
    yield made
    ground.drop(made)


@pytest.fixture
def migrated(server: str, tmp_path: Path, django_db_setup: None) -> Iterator[Ground]:
    """The same, whose database has its tables already: tests of what is installed bring one up from nothing."""
    made = _beside(server, tmp_path)
    with psycopg.connect(ground.beside(server, "postgres"), autocommit=True) as connected:
        connected.execute(f"CREATE DATABASE {made.name} TEMPLATE {database.template}")
    yield made
    ground.drop(made)


def _beside(server: str, folder: Path) -> Ground:
    return Ground(ground.beside(server, f"abono_test_{secrets.token_hex(4)}"), folder / "home")
