"""A customer's own cap and budgets over the API (LIM-5)."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse

from abono.kernel.ids import public, uuid7
from abono.platform import clock, events
from tests.entrypoints.api.conftest import FastLane, Program, program
from tests.world import Tenant, hold

pytestmark = pytest.mark.rule("LIM-5")
BUDGETS = [
    {"channel": "sms", "budget_micro": 250_000},  # two SMS at R$ 0,10
    {"channel": "whatsapp", "budget_micro": 5_000_000},
]


def put(whose: Program, path: str, body: Any, *, once: str | None = "") -> HttpResponse:
    return whose.put(path, body, once=str(uuid7()) if once == "" else once)


def path(tenant: Tenant) -> str:
    return f"/contracts/{public('ctr', tenant.contract_id)}/own-limits"


def recorded(tenant: Tenant) -> int:
    return sum(one.name == "own_limits.set" for one in events.between(customer_id=tenant.customer_id))


def test_limits_are_set_read_used_and_taken_back(lane: FastLane, sol: Program, padaria: Tenant) -> None:
    assert sol.get(path(padaria)).json() == {
        "cap_micro": None,
        "left_micro": 200_000_000,
        "budgets": [],
        "changed_at": None,
    }
    said = put(sol, path(padaria), {"cap_micro": 1_000_000, "budgets": BUDGETS})
    assert (said.status_code, said.json()) == (200, sol.get(path(padaria)).json())
    sends = [
        {"id": f"{n}", "contract": public("ctr", padaria.contract_id), "channel": channel, "kind": kind, "country": "BR"}
        for n, (channel, kind) in enumerate([("sms", "message")] * 3 + [("whatsapp", "company")] * 2)
    ]  # fmt: skip
    results = lane.post("/v1/holds", {"sends": sends}).results
    assert [result.get("code") for result in results] == [
        None,
        None,
        "channel_budget_reached",
        None,
        "own_cap_reached",  # 20 + 55 + 55 cents pass one real
    ]
    assert results[2] == {
        "id": "2",
        "status": "refused",
        "code": "channel_budget_reached",
        "ways_out": ["raise_channel_budget"],
        "price_micro": 100_000,
        "left_micro": 50_000,
    }
    assert (results[4]["ways_out"], results[4]["left_micro"]) == (["raise_own_cap"], 250_000)

    balance = lane.get(f"/v1/balances/{public('ctr', padaria.contract_id)}").json
    assert (balance["cap_micro"], balance["left_micro"], balance["sending_state"]) == (
        1_000_000,
        250_000,
        "capped",
    )
    assert balance["budgets"] == [
        {"channel": "sms", "budget_micro": 250_000, "total_micro": 200_000, "left_micro": 50_000},
        {"channel": "whatsapp", "budget_micro": 5_000_000, "total_micro": 550_000, "left_micro": 4_450_000},
    ]
    assert sol.get(path(padaria)).json()["budgets"] == balance["budgets"]

    assert put(sol, path(padaria), {}).json()["cap_micro"] is None
    assert lane.get(f"/v1/balances/{public('ctr', padaria.contract_id)}").json["ways_out"] == []
    assert lane.post("/v1/holds", sends[4]).json["status"] == "held"


def test_a_reached_cap_tells_its_way_out_with_the_balance(
    lane: FastLane, sol: Program, padaria: Tenant
) -> None:
    hold(padaria.contract_id, count=2, at=clock.now())
    put(sol, path(padaria), {"cap_micro": 1_000_000})  # 110 cents are held already
    balance = lane.get(f"/v1/balances/{public('ctr', padaria.contract_id)}").json
    assert (balance["left_micro"], balance["ways_out"]) == (0, ["raise_own_cap"])
    assert balance["blocked_at"] is None
    assert balance["sending_state"] == "capped"
    newest = sol.get(f"/contracts/{public('ctr', padaria.contract_id)}/cycles").json()["items"][0]
    assert (newest["sending_state"], newest["cap_micro"]) == ("capped", 1_000_000)
    assert newest["capped_at"] is not None
    assert newest["expired_micro"] is None


def test_a_change_is_recorded_and_a_repetition_is_not(sol: Program, padaria: Tenant) -> None:
    first = put(sol, path(padaria), {"cap_micro": 70_000}, once="a")
    again = put(sol, path(padaria), {"cap_micro": 70_000}, once="a")
    assert (again.content, again["Idempotent-Replayed"]) == (first.content, "true")
    put(sol, path(padaria), {"cap_micro": 70_000, "budgets": []}, once="b")
    assert recorded(padaria) == 1
    put(sol, path(padaria), {}, once="c")
    assert recorded(padaria) == 2
    assert put(sol, path(padaria), {"cap_micro": 80_000}, once="a").status_code == 422


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"cap_micro": -1}, "invalid"),
        ({"cap_micro": 2**62}, "invalid"),
        ({"cap_micro": 10**30}, "invalid"),
        ({"cap_micro": 1.5}, "invalid"),
        ({"cap_micro": 9_999}, "metering.own_limit_out_of_bounds"),  # less than a centavo
        ({"budgets": [{"channel": "sms", "budget_micro": 1}]}, "metering.own_limit_out_of_bounds"),
        ({"cap_micro": "a\0"}, "invalid"),
        ({"budgets": [{"channel": "sms"}]}, "invalid"),
        ({"budgets": [{"channel": "a\0", "budget_micro": 1}]}, "invalid"),
        ({"budgets": BUDGETS * 2}, "invalid"),
        ({"budgets": [{"channel": f"c{n}", "budget_micro": 1} for n in range(101)]}, "invalid"),
        ({"budgets": [{"channel": "telex", "budget_micro": 1}]}, "unknown_channel"),
    ],
)
def test_wrong_limits_are_refused_whole(sol: Program, padaria: Tenant, body: Any, code: str) -> None:
    put(sol, path(padaria), {"cap_micro": 50_000})
    answer = put(sol, path(padaria), body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert sol.get(path(padaria)).json()["cap_micro"] == 50_000
    assert recorded(padaria) == 1


@pytest.mark.rule("ACC-2", "ACC-4")
def test_nobody_limits_another_customer_and_a_reader_limits_nobody(
    sol: Program, padaria: Tenant, luna: Tenant
) -> None:
    assert put(sol, path(luna), {"cap_micro": 0}).status_code == 404
    assert sol.get(path(luna)).status_code == 404
    reader = program(padaria.customer_id, "read", "meter")
    assert put(reader, path(padaria), {"cap_micro": 0}).status_code == 403
    assert put(sol, path(padaria), {"cap_micro": 0}, once=None).status_code == 400
    assert reader.get(path(padaria)).json()["cap_micro"] is None
    seller = program(None, "read", "write")
    assert put(seller, path(padaria), {"cap_micro": 0}).status_code == 200
