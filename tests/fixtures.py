"""Fixtures that several kinds of test share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from django.utils import translation

from abono.domain.catalog import queries as catalog_queries
from abono.domain.payments import registry
from abono.domain.settings import queries as settings_queries
from tests.fakes import FakeGateway
from tests.pushes import PUSHED, FakePush

IN_MEMORY = {
    "simulator": {"adapter": "tests.fakes.FakeGateway", "options": {}},
    "bank": {"adapter": "tests.pushes.FakePush", "options": {}},
}
NOT_READ_BY_MIDDLEWARE = {"GATEWAYS", "PUSH_GATEWAYS", "API_REQUESTS_PER_MINUTE"}


@pytest.fixture
def gateway(settings: LazySettings) -> Iterator[FakeGateway]:
    """One gateway in memory, behind the real port and registry."""
    settings.GATEWAYS = IN_MEMORY
    registry.gateway.cache_clear()
    yield registry.gateway("simulator")  # type: ignore[misc]
    registry.gateway.cache_clear()


@pytest.fixture
def bank(gateway: FakeGateway, settings: LazySettings) -> FakePush:
    """Slips and Pix are offered, by one supplier in memory."""
    settings.PUSH_GATEWAYS = PUSHED
    return registry.push_gateway("bank")  # type: ignore[return-value]


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """A page that a test asked for leaves its language behind in the thread; each test begins in English."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def fresh_settings() -> None:
    """What a process remembers of settings, and how functions are called, is not of the test before."""
    settings_queries.forget_snapshot()
    catalog_queries.forget_functions()
