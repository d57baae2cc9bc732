"""Fixtures of metering, and of what stands above it."""

from __future__ import annotations

import pytest

from tests.domain.campaigns.world import Campaigns
from tests.domain.metering.world import Contract, World, books_are_clean
from tests.remembered import remembered


@pytest.fixture
def world(db: None) -> World:
    return _make_world()


@remembered
def _make_world() -> World:
    return World()


@pytest.fixture
def padaria(world: World) -> Contract:
    """Padaria Sol: a package of R$ 100 and a limit of 100 % again, so R$ 200 in all."""
    return world.contract()


@pytest.fixture
def luna(world: World) -> Contract:
    """Ferretería Luna, the stranger."""
    return world.contract()


@pytest.fixture
def spring(padaria: Contract) -> Campaigns:
    """Campaigns of Padaria Sol: a package of R$ 100, as much again as limit. Each place is a slice, up to 16."""
    return Campaigns(padaria)


@pytest.fixture(autouse=True)
def books_stay_clean(db: None):
    """Whatever a test does, held, used and interactions follow from the facts afterwards."""
    yield
    assert books_are_clean()
