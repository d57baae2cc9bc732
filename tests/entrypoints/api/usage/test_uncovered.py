"""The API of sends that nothing covers: what the pages show and do (PKG-12, API-1, API-5)."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from abono.platform import clock
from tests.entrypoints.api.conftest import Program, contract_id, program
from tests.stories import announced, uncover
from tests.world import Tenant


def decide(it: Program, tenant: Tenant, *, once: str = "k", **wanted: object) -> tuple[int, dict]:
    body = {"bill": True, "why": "The carrier charged us.", **wanted}
    answer = it.post(f"/contracts/{contract_id(tenant)}/uncovered-decisions", json.dumps(body), once=once)
    return answer.status_code, answer.json()


@pytest.mark.rule("PKG-12", part="shown to both, told once a day")
@pytest.mark.rule("API-5", part="cursor, bounded")
@pytest.mark.rule("API-5", part="filters")
def test_uncovered_sends_are_listed_newest_first_by_cursor_and_filters(padaria: Tenant, luna: Tenant) -> None:
    uncover(padaria, "a", "b", "c")
    uncover(padaria, "pigeon", channel="pigeon")
    uncover(luna, "theirs")
    ana = program(padaria.customer_id)
    seen, cursor = [], None
    while True:
        page = ana.get("/uncovered-sends", limit=3, **({"cursor": cursor} if cursor else {})).json()
        seen += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert {one["id"] for one in seen} == {"a", "b", "c", "pigeon"}
    assert [one["kept_at"] for one in seen] == sorted((one["kept_at"] for one in seen), reverse=True)
    first = next(one for one in seen if one["id"] == "a")
    assert (first["code"], first["state"], first["price_micro"], first["country"]) == (
        *("no_price", "open", None, "FR"),
    )

    def ids(**query: object) -> set[str]:
        return {one["id"] for one in ana.get("/uncovered-sends", **query).json()["items"]}

    assert ids(code="unknown_channel") == ids(channel="pigeon") == {"pigeon"}
    assert ids(state="announced") == set()
    later = (clock.now() + timedelta(days=1)).isoformat()
    assert ids(since=later) == set()
    assert len(ids(until=later, contract=contract_id(padaria))) == 4
    assert ana.get("/uncovered-sends", code="a-whim").status_code == 422


@pytest.mark.rule("PKG-12", part="told five days before")
def test_the_seller_decides_once_for_each_key(padaria: Tenant, seller: Program) -> None:
    uncover(padaria, "a", "b")
    status, first = decide(seller, padaria, price_micro=120_000)
    assert (status, first["state"], first["sends"], first["total_micro"]) == (201, "announced", 2, 240_000)
    assert decide(seller, padaria, price_micro=120_000) == (201, first)
    assert decide(seller, padaria, once="other")[1]["code"] == "uncovered.nothing_to_decide"
    listed = seller.get("/uncovered-sends", decision=first["id"]).json()["items"]
    assert {(one["id"], one["billed_micro"]) for one in listed} == {("a", 120_000), ("b", 120_000)}
    [only] = seller.get(f"/contracts/{contract_id(padaria)}/uncovered-decisions").json()["items"]
    assert only == first


@pytest.mark.rule("PKG-12", part="contested")
def test_a_customer_contests_and_decides_nothing(padaria: Tenant) -> None:
    decision = announced(padaria)
    ana = program(padaria.customer_id)
    assert decide(ana, padaria)[0] == 403
    path = f"/contracts/{contract_id(padaria)}/uncovered-decisions"
    [before] = ana.get(path).json()["items"]
    answer = ana.post(f"{path}/{before['id']}/contest", once="no")
    assert (answer.status_code, answer.json()["state"]) == (200, "contested")
    assert decision.contested_at is None


def test_a_decision_needs_a_reason(padaria: Tenant, seller: Program) -> None:
    uncover(padaria, "a")
    assert decide(seller, padaria, why="")[0] == 422
    assert decide(seller, padaria, price_micro=-1, once="k2")[0] == 422
