from __future__ import annotations

import pytest

from tests.fakes import FakeGateway
from tests.world import Tenant, load_catalog, make_padaria


@pytest.fixture(autouse=True)
def world(db: None, gateway: FakeGateway) -> None:
    load_catalog()


@pytest.fixture
def padaria(gateway: FakeGateway) -> Tenant:
    """Specialist with BRL 100, and as much again as limit, from 1 June 2026 on."""
    return make_padaria()
