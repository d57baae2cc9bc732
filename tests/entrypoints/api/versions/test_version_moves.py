"""Newer versions by the API: what each customer would pay, then exactly that (CAT-5)."""

from __future__ import annotations

from typing import Any

import pytest

from abono.kernel.ids import public, uuid7
from tests.entrypoints.api.conftest import Program, contract_id, program
from tests.remembered import lately
from tests.versions import new_versions
from tests.world import DAY, Tenant


def preview(seller: Program, *, once: str = "preview", **other: Any) -> dict[str, Any]:
    answer = seller.post("/version-moves", {"plan": "specialist", **other}, once=once)
    assert answer.status_code == 201, answer.content
    said: dict[str, Any] = answer.json()
    return said


@pytest.mark.rule("CAT-5", part="moved in a batch after a preview")
@pytest.mark.rule("API-1", part="everything")
def test_a_preview_says_what_each_pays_and_is_then_done_as_it_stands(
    seller: Program, padaria: Tenant, luna: Tenant
) -> None:
    new_versions(now=lately() - DAY)
    said = preview(seller, contracts=[contract_id(padaria)])
    assert (said["plan"], said["package"], said["applied_at"]) == (
        {"code": "specialist", "version": 2},
        None,
        None,
    )
    [row] = said["contracts"]
    assert row["contract"] == contract_id(padaria)
    assert (row["plan_before"]["version"], row["plan_after"]["version"]) == (1, 2)
    assert (row["before_minor"], row["after_minor"]) == (700_00, 750_00)  # 600 + 100; 650 + 100
    path = f"/version-moves/{said['id']}"
    assert seller.get(path).json() == said
    done = seller.post(f"{path}/apply", once="apply")
    assert done.status_code == 200, done.content
    assert done.json()["applied_at"]
    assert seller.post(f"{path}/apply", once="apply-it-again").json() == done.json()
    promised = program(padaria.customer_id).get("/events", name="contract.versions_promised").json()["items"]
    assert [one["after"]["plan"] for one in promised] == ["specialist v2"]
    assert program(luna.customer_id).get("/events", name="contract.versions_promised").json()["items"] == []


@pytest.mark.rule("CAT-5", part="moved in a batch after a preview")
def test_what_changed_since_the_preview_stops_all_of_it(seller: Program, padaria: Tenant) -> None:
    new_versions(now=lately() - DAY)
    first = preview(seller)
    second = preview(seller, once="another")
    assert seller.post(f"/version-moves/{first['id']}/apply", once="a").status_code == 200
    stale = seller.post(f"/version-moves/{second['id']}/apply", once="b")
    assert (stale.status_code, stale.json()["code"]) == (409, "contracts.batch_stale")
    none = seller.post("/version-moves", {"plan": "specialist"}, once="c")
    assert (none.status_code, none.json()["code"]) == (409, "contracts.nothing_to_move")
    listed = seller.get("/version-moves", limit=1).json()
    assert [one["id"] for one in listed["items"]] == [second["id"]]
    older = seller.get("/version-moves", cursor=listed["next_cursor"]).json()
    assert [one["id"] for one in older["items"]] == [first["id"]]


@pytest.mark.rule("ACC-2")
def test_a_customers_key_knows_no_batches(seller: Program, sol: Program, padaria: Tenant) -> None:
    new_versions(now=lately() - DAY)
    path = f"/version-moves/{preview(seller)['id']}"
    for answer in (sol.get(path), sol.post(f"{path}/apply", once="x")):
        assert (answer.status_code, answer.json()["code"]) == (404, "contracts.batch_not_found")
    for answer in (sol.get("/version-moves"), sol.post("/version-moves", {"plan": "specialist"}, once="y")):
        assert (answer.status_code, answer.json()["code"]) == (403, "seller_only")
    assert seller.get(path).json()["applied_at"] is None
    nobodys = {"plan": "specialist", "contracts": [public("ctr", uuid7())]}
    assert seller.post("/version-moves", nobodys, once="z").json()["code"] == "no_contract"
