"""For whom the database works while a request is served: whoever it is for, and nobody afterwards (ACC-2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from abono.domain.identity import actions as identity
from abono.platform import clock
from abono.platform.postgres import roles, scope
from abono.platform.postgres.roles import Role
from abono.platform.postgres.scope import Crossing
from tests.world import Tenant

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.rule("ACC-2", part="the database too"),
]

ACCESS, SELLER = Crossing.ACCESS.value, Crossing.SELLER.value


@contextmanager
def listening() -> Iterator[list[str]]:
    """What the server was told when each statement came; every one of them is under a role of the web."""
    heard: list[str] = []

    def ask(execute: Callable[..., Any], *statement: Any) -> Any:
        server = connection.connection.pgconn
        said = server.exec_(b"SELECT current_user, current_setting('abono.scope', true)")
        role, whom = (said.get_value(0, n).decode() for n in (0, 1))
        assert role == roles.named(Role.ACROSS if whom in scope.CROSSINGS else Role.WEB)
        heard.append(whom)
        return execute(*statement)

    with connection.execute_wrapper(ask):
        yield heard
    assert scope.wanted() is None


def in_order(heard: list[str]) -> list[str]:
    """Without repetitions: what changed, and to what."""
    return [one for n, one in enumerate(heard) if n == 0 or heard[n - 1] != one]


@pytest.mark.parametrize("page", ["/en/home/", "/en/usage/", "/en/settings/financial/"])
def test_a_page_is_made_for_its_customer_alone(ana: Client, padaria: Tenant, page: str) -> None:
    with listening() as heard:
        assert ana.get(page).status_code == 200
    assert in_order(heard) == [ACCESS, str(padaria.customer_id)]


def test_customers_are_served_in_turns_on_one_connection(
    ana: Client, diego: Client, padaria: Tenant, luna: Tenant
) -> None:
    with listening() as heard:
        for client, name, other in (
            (ana, "Padaria Sol", "Luna"),
            (diego, "Luna", "Padaria"),
            (ana, "Padaria", "Luna"),
        ):
            page = client.get("/en/settings/financial/").content.decode()
            assert name in page
            assert other not in page
    ours, theirs = str(padaria.customer_id), str(luna.customer_id)
    assert in_order(heard) == [ACCESS, ours, ACCESS, theirs, ACCESS, ours]


def test_rows_that_are_read_while_they_are_sent_are_the_customers_too(ana: Client, padaria: Tenant) -> None:
    answer = ana.get("/en/usage/sends/csv/")
    with listening() as heard:
        lines = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert lines
    assert set(heard) == {str(padaria.customer_id)}


def test_a_page_for_everybody_crosses_by_its_name(db: None) -> None:
    with listening() as heard:
        assert Client().get("/en/plans/").status_code == 200
    assert set(heard) <= {ACCESS, Crossing.PUBLIC.value}


def test_the_sellers_pages_cross_and_are_there_for_the_sellers_people_only(olga: Client, ana: Client) -> None:
    with listening() as heard:
        assert olga.get("/en/back-office/invoices/").status_code == 200
    assert in_order(heard) == [ACCESS, SELLER]
    with listening() as heard:
        assert ana.get("/en/back-office/invoices/").status_code == 404
    assert SELLER not in heard


@pytest.mark.parametrize("sellers", [False, True])
def test_a_key_opens_what_its_owner_may_see(padaria: Tenant, sellers: bool) -> None:
    whose = None if sellers else padaria.customer_id
    _id, key = identity.issue_key(
        name="k", customer_id=whose, scopes=("read",), expires_at=None, actor="test", now=clock.now()
    )
    with listening() as heard:
        answer = Client().get("/v1/contracts", headers={"authorization": f"Bearer {key}"})
    assert answer.status_code == 200
    assert in_order(heard)[0] == ACCESS
    assert in_order(heard)[-1] == (SELLER if sellers else str(padaria.customer_id))


def test_without_a_key_nobody_is_worked_for(padaria: Tenant) -> None:
    with listening() as heard:
        assert Client().get("/v1/contracts").status_code == 401
    assert set(heard) <= {ACCESS}
