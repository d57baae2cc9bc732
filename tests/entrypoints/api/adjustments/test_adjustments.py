"""The yearly adjustment by the API: months of an index, what each would pay, then exactly that, or taken back (CAT-13)."""

from __future__ import annotations

from typing import Any

import pytest

from abono.domain.settings.actions import set_value
from abono.domain.settings.known import SECOND_PERSON_PRICES
from abono.kernel.ids import public, uuid7
from abono.platform import clock
from tests.adjustments import adjusting, lately_known
from tests.entrypoints.api.conftest import Program, contract_id, program
from tests.world import Tenant

IPCA = {"code": "ipca", "name": "IPCA", "months": [{"month": "2026-01", "rate_micro": 3_300}]}


@pytest.mark.rule("CAT-13", part="yearly adjustment")
@pytest.mark.rule("API-1", part="everything")
def test_months_of_an_index_are_written_once_and_read(seller: Program, padaria: Tenant) -> None:
    for once in ("a", "b"):
        made = seller.put("/indexes", IPCA, once=once)
        assert made.status_code == 200, made.content
        assert made.json()["months"] == [{"month": "2026-01", "rate_micro": 3_300, "used": False}]
    assert seller.get(f"/indexes/{made.json()['id']}").json() == made.json()
    [listed] = seller.get("/indexes").json()["items"]
    assert (listed["code"], listed["first_month"], listed["last_month"]) == ("IPCA", "2026-01", "2026-01")


@pytest.mark.rule("CAT-13", part="yearly adjustment")
@pytest.mark.parametrize(
    ("months", "status", "code"),
    [
        ([("2026-01", 1), ("2026-03", 1)], 422, "adjustments.month_missing"),
        ([("2026-01", 1), ("2026-01", 2)], 422, "adjustments.month_twice"),
        ([("2999-01", 1)], 422, "adjustments.month_ahead"),
        ([("2026-13", 1)], 422, "invalid"),
        ([("2026-01", -1_000_000)], 422, "invalid"),
    ],
)
def test_what_is_no_index_is_refused_whole(
    seller: Program, padaria: Tenant, months: list[tuple[str, int]], status: int, code: str
) -> None:
    told = [{"month": month, "rate_micro": rate} for month, rate in months]
    answer = seller.put("/indexes", {**IPCA, "months": told}, once="a")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert seller.get("/indexes").json()["items"] == []


def preview(seller: Program, padaria: Tenant, **other: Any) -> dict[str, Any]:
    adjusting(padaria)  # so that its price may rise, and the index is known
    asked = {"index": "IPCA", "currency": "BRL", "contracts": [contract_id(padaria)], **other}
    answer = seller.post("/adjustments", asked, once="preview")
    assert answer.status_code == 201, answer.content
    said: dict[str, Any] = answer.json()
    return said


@pytest.mark.rule("CAT-13", part="30 days' notice and preview")
@pytest.mark.rule("API-1", part="everything")
def test_a_preview_is_done_as_it_stands_and_taken_back_before_its_day(
    seller: Program, padaria: Tenant, luna: Tenant
) -> None:
    said = preview(seller, padaria, parts=["plan"])
    [mine] = said["contracts"]
    # 1.01 twelve times over: 1.126825030131969720661201
    assert (mine["factor"], mine["before_minor"], mine["after_minor"]) == ("1.12682503", 700_00, 776_10)
    assert (mine["state"], said["applied_at"]) == ("seen", None)
    assert mine["prices"] == [
        {
            "part": "plan",
            "of": "specialist",
            "before_micro": 600_000_000,
            "after_micro": 676_100_000,
            "per": "month",
        }
    ]
    path = f"/adjustments/{said['id']}"
    for once in ("a", "b"):  # a second time it does nothing
        done = seller.post(f"{path}/apply", once=once)
        assert (done.status_code, done.json()["contracts"][0]["state"]) == (200, "waits")
    [told] = program(padaria.customer_id).get("/events", name="contract.adjusted").json()["items"]
    assert (told["data"]["factor"], told["after"]) == ("1.12682503", {"monthly_minor": 776_10})
    assert program(luna.customer_id).get("/events", name="contract.adjusted").json()["items"] == []

    back = {"contract": contract_id(padaria), "why": "agreed"}
    for once in ("c", "d"):
        taken = seller.post(f"{path}/withdraw", back, once=once).json()["contracts"][0]
        assert (taken["state"], taken["why"]) == ("withdrawn", "agreed")
    assert seller.get(path).json()["contracts"] == [taken]
    nobodys = {"contract": public("ctr", uuid7()), "why": "agreed"}
    assert seller.post(f"{path}/withdraw", nobodys, once="e").json()["code"] == "adjustments.not_found"
    assert seller.get("/adjustments", limit=1).json()["items"][0]["id"] == said["id"]


@pytest.mark.rule("ACC-2")
@pytest.mark.parametrize("path", ["/adjustments", "/version-moves"])
def test_many_contracts_are_asked_for_in_one_statement(
    seller: Program, padaria: Tenant, django_assert_max_num_queries: Any, path: str
) -> None:
    named = [*[contract_id(padaria)] * 60, public("ctr", uuid7())]
    asked = {"index": "IPCA", "currency": "BRL"} if path == "/adjustments" else {"plan": "specialist"}
    with django_assert_max_num_queries(20):
        answer = seller.post(path, {**asked, "contracts": named}, once="a")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_contract")


@pytest.mark.rule("ACC-5", part="second person: other")
def test_a_rise_of_much_money_waits_for_a_second_person(seller: Program, padaria: Tenant) -> None:
    said = preview(seller, padaria)
    set_value(setting=SECOND_PERSON_PRICES, value="BRL 10", actor="olga", why="a test", now=clock.now())
    asked = seller.post(f"/adjustments/{said['id']}/apply", once="a")
    assert (asked.status_code, asked.json()["act"]) == (202, "adjustment")
    assert seller.get(f"/adjustments/{said['id']}").json()["applied_at"] is None


@pytest.mark.rule("ACC-2")
def test_a_customers_key_knows_no_adjustments(seller: Program, sol: Program, padaria: Tenant) -> None:
    index, adjustment = public("idx", lately_known()), public("adj", adjusting(padaria))
    back = {"contract": contract_id(padaria), "why": "x"}
    for answer, code in (
        (sol.get(f"/indexes/{index}"), "adjustments.index_not_found"),
        (sol.get(f"/adjustments/{adjustment}"), "adjustments.not_found"),
        (sol.post(f"/adjustments/{adjustment}/apply", once="a"), "adjustments.not_found"),
        (sol.post(f"/adjustments/{adjustment}/withdraw", back, once="b"), "adjustments.not_found"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, code)
    for answer in (sol.get("/indexes"), sol.put("/indexes", IPCA, once="c"), sol.get("/adjustments")):
        assert (answer.status_code, answer.json()["code"]) == (403, "seller_only")
