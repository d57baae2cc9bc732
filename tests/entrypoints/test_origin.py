"""Through which door an act came is written down with it (ACC-6's shape)."""

from __future__ import annotations

import pytest
from django.core.management import ManagementUtility
from django.test import Client

from abono import __main__
from abono.domain.identity import actions as identity
from abono.kernel.ids import public
from abono.platform import clock
from abono.platform.models import Event
from abono.platform.origin import origin
from tests.entrypoints.portal.reading import signed_in
from tests.fakes import FakeGateway
from tests.world import Tenant, load_catalog, make_padaria


@pytest.fixture
def padaria(db: None, gateway: FakeGateway) -> Tenant:
    load_catalog()
    return make_padaria(now=clock.now())


def _last(name: str) -> Event:
    return Event.objects.select_related("personal").filter(name=name).order_by("id").last()


def test_a_page_its_door_and_the_address_of_who_asked(padaria: Tenant) -> None:
    signed_in("ana@padaria.example").get("/en/back-office/metering/")
    refused = _last("access.refused")
    assert (refused.origin, refused.personal.address) == ("backoffice", "127.0.0.1")


def test_the_api(padaria: Tenant) -> None:
    _, key = identity.issue_key(
        name="p", customer_id=None, scopes=("write",), expires_at=None, actor="test", now=clock.now()
    )
    reply = Client().put(
        f"/v1/contracts/{public('ctr', padaria.contract_id)}/own-limits",
        {"cap_micro": 5_000_000, "budgets": []},
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}", "Idempotency-Key": "once"},
    )
    assert reply.status_code == 200, reply.content
    assert (_last("own_limits.set").origin, _last("contract.signed").origin) == ("api", "system")


@pytest.mark.parametrize(("command", "door"), [("staff", "cli"), ("worker", "worker")])
def test_a_command_of_the_console(command: str, door: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(ManagementUtility, "execute", lambda _self: seen.append(origin().door))
    __main__._run(command, ["--help"])  # what serves asks the database first who it is, but not for help
    assert seen == [door]
