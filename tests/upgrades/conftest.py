from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

import tests.database
from abono.platform import clock
from abono.platform.postgres import roles
from tests.concurrency.own_database import leading_to
from tests.fakes import FakeGateway
from tests.installed.conftest import database
from tests.upgrades import dumps
from tests.upgrades.shape import shape
from tests.world import load_catalog, make_padaria


@pytest.fixture(scope="module")
def fresh(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> list[str]:
    """The shape of a database that was made by the migrations of now alone."""
    with django_db_blocker.unblock():
        return shape()


@pytest.fixture(params=dumps.to_try())
def installation(
    request: pytest.FixtureRequest, gateway: FakeGateway, fresh: list[str], django_db_blocker: DjangoDbBlocker
) -> Iterator[str]:
    """A database as this version left it, to which Django leads: Padaria Sol has a contract in it. Its address.

    Before the release, while migrations are still changed, its dump may be of others; then it is a copy of the one that is made now.
    """
    stands = dumps.stands(request.param)
    like = "template1" if stands else tests.database.template
    with django_db_blocker.unblock(), database(like) as dsn, leading_to(dsn):
        if stands:
            roles.make()
            dumps.load(dumps.read(request.param), into=dsn)
        else:
            load_catalog()
            make_padaria(now=clock.now())
        yield dsn
