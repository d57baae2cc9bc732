"""Every list, page by page with a cursor, by the filters of the pages (API-5)."""

from __future__ import annotations

import pytest

from abono.kernel.ids import public
from abono.platform import clock
from tests.entrypoints.api.conftest import Program, contract_id, walk
from tests.world import HOUR, Tenant, make_padaria


@pytest.mark.rule("API-5", part="cursor, bounded")
@pytest.mark.parametrize("limit", [1, 2, 3, 200])
def test_a_list_is_walked_by_cursor_and_loses_nothing(
    seller: Program, padaria: Tenant, luna: Tenant, limit: int
) -> None:
    make_padaria(now=clock.now())
    for path in ("/contracts", "/invoices", "/events"):
        ids = [item["id"] for item in walk(seller, path, limit=limit)]
        assert len(ids) == len(set(ids)) >= 3
        assert ids == sorted(ids, reverse=True)  # newest first


@pytest.mark.rule("API-5")
def test_a_cursor_of_one_list_is_none_of_another(seller: Program, padaria: Tenant, luna: Tenant) -> None:
    cursor = seller.get("/contracts", limit=1).json()["next_cursor"]
    for path in ("/invoices", "/events", f"/contracts/{contract_id(padaria)}/cycles"):
        answer = seller.get(path, cursor=cursor)
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor")
    for wrong in (cursor[:-1], cursor + "A", "A", "_" * 40):
        assert seller.get("/contracts", cursor=wrong).json()["code"] == "bad_cursor"
    for wrong in (cursor + "=", "ção", "", "A" * 61):
        assert seller.get("/contracts", cursor=wrong).json()["code"] == "invalid"


@pytest.mark.rule("FIN-2")
@pytest.mark.rule("API-5", part="filters")
def test_lists_are_filtered_by_the_fields_that_pages_filter_by(
    seller: Program, padaria: Tenant, luna: Tenant
) -> None:
    number = padaria.contract.number
    assert [c["number"] for c in seller.get("/contracts", number=number).json()["items"]] == [number]
    assert seller.get("/contracts", state="ended").json()["items"] == []
    assert len(seller.get("/contracts", state="active").json()["items"]) == 2
    of_luna = seller.get("/contracts", customer=public("cus", luna.customer_id)).json()["items"]
    assert [c["id"] for c in of_luna] == [contract_id(luna)]

    def invoices(**query: str) -> int:
        return len(seller.get("/invoices", **query).json()["items"])

    assert invoices() == 2
    assert invoices(contract=contract_id(padaria)) == 1
    assert invoices(customer=public("cus", luna.customer_id)) == 1
    assert (invoices(state="paid"), invoices(state="pending")) == (2, 0)
    assert (invoices(fiscal_type="sva"), invoices(fiscal_type="licensing")) == (2, 2)
    assert invoices(since=(clock.now() + HOUR).isoformat()) == 0
    assert invoices(since=(clock.now() - HOUR).isoformat()) == 2
