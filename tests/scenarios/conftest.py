from __future__ import annotations

import pytest

from tests.fakes import FakeGateway
from tests.world import load_catalog


@pytest.fixture(autouse=True)
def world(db: None, gateway: FakeGateway) -> None:
    load_catalog()
