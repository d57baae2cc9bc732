"""Padaria Sol in the tenth day of its first cycle, Ferretería Luna, its stranger, and Olga of the seller.

Pages read the clock themselves, so the cast signed ten days before the test runs.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from tests.entrypoints.portal.reading import signed_in
from tests.fakes import FakeGateway
from tests.remembered import lately
from tests.world import Tenant, load_catalog, make_luna, make_olga, make_padaria

AGE = timedelta(days=10)


@pytest.fixture
def signed_at(db: None, gateway: FakeGateway) -> datetime:
    """With the catalog in force: the moment at which everybody signs."""
    load_catalog()
    return lately() - AGE


@pytest.fixture
def padaria(signed_at: datetime) -> Tenant:
    """Specialist with BRL 100: 500 interactions, 10 licences, limit BRL 200."""
    return make_padaria(now=signed_at)


@pytest.fixture
def luna(signed_at: datetime) -> Tenant:
    return make_luna(now=signed_at)


@pytest.fixture
def cast(db: None, request: pytest.FixtureRequest) -> None:
    """All whom the test wants are there before one of them signs in, so that they can be remembered."""
    for name in ("padaria", "luna"):
        if name in request.fixturenames:
            request.getfixturevalue(name)
    if "olga" in request.fixturenames:
        make_olga()
    if "ids" in request.fixturenames:
        request.getfixturevalue("ids")


@pytest.fixture
def ana(cast: None, padaria: Tenant) -> Client:
    """Administrator of Padaria Sol."""
    return signed_in("ana@padaria.example")


@pytest.fixture
def bruno(cast: None, padaria: Tenant) -> Client:
    """Viewer of Padaria Sol."""
    return signed_in("bruno@padaria.example")


@pytest.fixture
def carla(cast: None, padaria: Tenant) -> Client:
    """Agent of Padaria Sol."""
    return signed_in("carla@padaria.example")


@pytest.fixture
def diego(cast: None, luna: Tenant) -> Client:
    """Administrator of another customer."""
    return signed_in("diego@luna.example")


@pytest.fixture
def olga(cast: None) -> Client:
    """Works for the seller."""
    return signed_in("olga@abono.example")
