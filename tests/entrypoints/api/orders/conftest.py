from __future__ import annotations

import pytest

from tests.entrypoints.api.conftest import Program, program
from tests.fakes import FakeGateway
from tests.world import load_catalog


@pytest.fixture
def shop(db: None, gateway: FakeGateway) -> Program:
    """The seller's own platform."""
    load_catalog()
    return program(None)
