from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.domain.metering.world import World, books_are_clean
from tests.entrypoints.meter.client import Program, Tenant, program, tenant


@pytest.fixture
def world(transactional_db: None) -> Iterator[World]:
    yield World()
    assert books_are_clean()


@pytest.fixture
def padaria(world: World) -> Tenant:
    return tenant(world, "Padaria Sol")


@pytest.fixture
def luna(world: World) -> Tenant:
    return tenant(world, "Ferretería Luna")


@pytest.fixture
def api(padaria: Tenant) -> Iterator[Program]:
    """A program with Padaria's key."""
    with program() as running:
        running.key = padaria.key
        yield running
