from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulation.connections import Connections, connections
from tests.simulation.world import World, filled


@pytest.fixture
def place(transactional_db: None, nothing_on_sale: None) -> Iterator[tuple[World, Connections]]:
    """The test database with the price list of the stories."""
    with filled() as world, connections() as to:
        yield world, to
