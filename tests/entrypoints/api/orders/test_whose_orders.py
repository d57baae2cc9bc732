"""Whose orders there are, and how they are listed (ACC-2, API-5)."""

from __future__ import annotations

import pytest

from abono.kernel.ids import parse, public, uuid7
from tests.entrypoints.api.conftest import Program, program
from tests.entrypoints.api.orders.ordering import ORDER, begin, payment
from tests.fakes import FakeGateway
from tests.world import Tenant


@pytest.mark.rule("ACC-2")
def test_orders_are_the_sellers_and_a_customer_sees_its_own(shop: Program, padaria: Tenant) -> None:
    order = begin(shop)
    path = f"/orders/{order['id']}"
    sol = program(padaria.customer_id)
    for answer in (
        sol.get(path),
        sol.put(path, ORDER, once="a"),
        sol.post(f"{path}/payments", payment(order), once="b"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "contracts.signup_not_found")
    assert sol.post("/orders", ORDER, once="c").json()["code"] == "seller_only"
    paid = shop.post(f"{path}/payments", payment(order), once="pay").json()
    own = program(parse("cus", paid["contract"]["customer"]))
    assert own.get(path).json() == paid
    assert own.put(path, ORDER, once="d").json()["code"] == "seller_only"


@pytest.mark.rule("API-5", part="cursor, bounded")
@pytest.mark.rule("API-5", part="filters")
@pytest.mark.rule("ACC-2")
def test_orders_are_listed_newest_first_and_a_customer_sees_its_own(
    shop: Program, gateway: FakeGateway
) -> None:
    first, second, third = (
        begin(shop, **other) for other in ({}, {"package": "brl-250"}, {"plan": "starter"})
    )
    paid = shop.post(f"/orders/{second['id']}/payments", payment(second), once="pay").json()
    every = shop.get("/orders").json()
    assert [one["id"] for one in every["items"]] == [third["id"], second["id"], first["id"]]
    assert every["next_cursor"] is None
    assert every["items"][1] == {
        "id": second["id"],
        "state": "done",
        "plan": "specialist",
        "package": "brl-250",
        "currency": "BRL",
        "interval": "month",
        "created_at": second["created_at"],
        "contract": paid["contract"]["id"],
    }
    page = shop.get("/orders", limit="2").json()
    rest = shop.get("/orders", limit="2", cursor=page["next_cursor"]).json()
    assert page["items"] + rest["items"] == every["items"]
    assert rest["next_cursor"] is None

    def found(it: Program, **query: str) -> list[str]:
        return [one["id"] for one in it.get("/orders", **query).json()["items"]]

    customer = paid["contract"]["customer"]
    assert found(shop, paid="true") == found(shop, customer=customer) == [second["id"]]
    assert found(shop, contract=paid["contract"]["id"]) == [second["id"]]
    assert found(shop, paid="false") == found(shop, paid="false", until="2126-01-01T00:00:00Z")
    assert found(shop, paid="false") == [third["id"], first["id"]]
    assert found(shop, until=first["created_at"]) == []
    its = program(parse("cus", customer))
    assert found(its) == [second["id"]]
    assert its.get("/orders", customer=public("cus", uuid7())).status_code == 404
    assert shop.get("/orders", cursor="made-up").status_code == 422
