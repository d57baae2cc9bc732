from __future__ import annotations

import pytest

from abono.platform import clock
from tests.fakes import FakeGateway
from tests.world import Tenant, load_catalog, make_padaria


@pytest.fixture
def padaria(db: None, gateway: FakeGateway) -> Tenant:
    load_catalog()
    return make_padaria(now=clock.now())
