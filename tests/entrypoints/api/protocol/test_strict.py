"""What was sent and is not known is refused with its place, not passed over."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from abono.platform.models import Event
from tests.entrypoints.api.conftest import Program, contract_id
from tests.fakes import FakeGateway
from tests.world import Tenant


def mistakes(answer: Any) -> dict[str, str]:
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), answer.content
    return {one["where"]: one["message"] for one in answer.json()["errors"]}


@pytest.mark.rule("API-3", part="problems")
def test_a_parameter_that_an_address_does_not_have_is_refused_with_the_nearest_one(
    sol: Program, padaria: Tenant
) -> None:
    assert mistakes(sol.get("/contracts", status="active")) == {
        "query.status": "There is no such parameter. Did you mean state?"
    }
    assert mistakes(sol.get("/catalog", currency="BRL", x="1")) == {
        "query.x": "There is no such parameter. There are: currency, country"
    }
    assert mistakes(sol.get(f"/contracts/{contract_id(padaria)}", fields="id")) == {
        "query.fields": "This address has no parameters."
    }
    assert mistakes(sol.get("/invoices", state=["paid", "pending"])) == {"query.state": "This comes twice."}
    assert Client().get("/v1/contracts?status=active").status_code == 401  # the key comes first
    assert sol.get("/contracts", state="active").json()["items"]


@pytest.mark.rule("API-3", part="problems")
@pytest.mark.parametrize(
    ("body", "where", "message"),
    [
        (
            '{"package": "brl-250", "today_minor": 15000}',
            "body.today_minor",
            "There is no such field.",
        ),
        ('{"package": "brl-250", "package": "brl-500"}', "body.package", "This comes twice."),
    ],
)
def test_a_body_is_understood_whole_or_refused(
    sol: Program, padaria: Tenant, gateway: FakeGateway, body: str, where: str, message: str
) -> None:
    path = f"/contracts/{contract_id(padaria)}/changes"
    charged = len(gateway.calls)
    assert mistakes(sol.post(path, body, once="raise")) == {where: message}
    assert len(gateway.calls) == charged
    assert sol.post(path, '{"package": NaN}', once="nan").json()["code"] == "not_json"


@pytest.mark.parametrize("written", ['"15000"', "15000.5", "1e999999999", "true"])
def test_what_is_no_whole_number_is_refused(sol: Program, padaria: Tenant, written: str) -> None:
    path = f"/contracts/{contract_id(padaria)}/own-limits"
    refused = sol.put(path, f'{{"cap_micro": {written}}}', once="limits")
    assert mistakes(refused) == {"body.cap_micro": "Write a whole number."}


def test_a_whole_number_is_one_however_it_is_written(sol: Program, padaria: Tenant) -> None:
    """JSON has one kind of number: 15000.0 and 1.5e4 are 15000, to the last digit of the largest."""
    path = f"/contracts/{contract_id(padaria)}"
    limits = '{"cap_micro": 9007199254740993.0, "budgets": [{"channel": "sms", "budget_micro": 3e6}]}'
    set_to = sol.put(f"{path}/own-limits", limits, once="limits").json()
    assert (set_to["cap_micro"], set_to["budgets"][0]["budget_micro"]) == (9_007_199_254_740_993, 3_000_000)


def test_head_is_answered_as_get(sol: Program, padaria: Tenant) -> None:
    headers = {"Authorization": f"Bearer {sol.key}"}
    for path, status in (("/contracts", 200), ("/catalog?currency=BRL", 200), ("/contracts/ctr_1", 404)):
        answer = Client().head(f"/v1{path}", headers=headers)
        assert (answer.status_code, answer.content) == (status, b""), path
    assert Client().head("/v1/contracts").status_code == 401
    refused = Client().head("/v1/changes/chg_1/accept", headers=headers)
    assert (refused.status_code, refused.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize("offset", ["+16:00", "-15:60", "-23:59", "+24:00"])
def test_no_place_is_further_from_utc_than_the_database_can_read(
    sol: Program, padaria: Tenant, offset: str
) -> None:
    """E7: it was a 500."""
    at = f"2026-06-01T00:00:00{offset}"
    assert "query.since" in mistakes(sol.get("/invoices", since=at))
    assert "query.until" in mistakes(sol.get(f"/contracts/{contract_id(padaria)}/sends", until=at))
    assert sol.get("/invoices", since="0001-01-01T00:00:00-14:00").status_code == 200
    assert "query.since" in mistakes(sol.get("/invoices", since="0001-01-01T00:00:00+14:00"))


@pytest.mark.rule("API-3", part="429")
def test_a_key_that_asks_too_often_waits_and_no_other_does(
    sol: Program, seller: Program, padaria: Tenant, settings: LazySettings
) -> None:
    settings.API_REQUESTS_PER_MINUTE = 3
    answers = [sol.get("/contracts") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    refused = answers[-1]
    assert refused.json()["code"] == "too_many_requests"
    assert refused.headers["Retry-After"] == str(refused.json()["retry_after_s"])
    assert 15 <= refused.json()["retry_after_s"] <= 20  # a third of a minute
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert seller.get("/contracts").status_code == 200

    assert sol.get("/contracts").status_code == 429
    [told] = Event.objects.filter(name="key.slowed")  # once an hour, however often it asks
    assert (told.customer_id, told.data) == (padaria.customer_id, {"of": "requests"})
    assert told.actor == f"key:{sol.key[:12]}"
