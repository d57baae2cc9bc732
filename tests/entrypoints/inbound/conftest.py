from __future__ import annotations

import pytest

from tests.fakes import FakeGateway
from tests.remembered import lately
from tests.world import Tenant, load_catalog, make_padaria


@pytest.fixture
def padaria(db: None, gateway: FakeGateway) -> Tenant:
    load_catalog()
    return make_padaria(now=lately())
