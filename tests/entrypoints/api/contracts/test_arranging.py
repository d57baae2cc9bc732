"""Prices of its own and add-ons by the API: a look at the next invoice, then exactly that (CAT-11)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from abono.domain.settings.actions import set_value
from abono.domain.settings.known import SECOND_PERSON_PRICES
from abono.flows.approvals.decide import approve
from abono.kernel.ids import parse, public, uuid7
from abono.kernel.periods import local_date
from abono.platform import clock
from tests.entrypoints.api.conftest import Program, contract_id
from tests.world import Tenant, make_olga


def cheaper(**other: Any) -> dict[str, Any]:
    tomorrow = local_date(clock.now(), "America/Sao_Paulo") + timedelta(days=1)
    told = {"kind": "plan", "price_micro": 500_000_000, "since": f"{tomorrow}", "why": "agreed"}
    return {**told, **other}


@pytest.mark.rule("CAT-11", part="own prices")
@pytest.mark.rule("API-1", part="everything")
def test_it_is_seen_arranged_once_and_ended(seller: Program, sol: Program, padaria: Tenant) -> None:
    path = f"/contracts/{contract_id(padaria)}/arrangements"
    seen = seller.post(f"{path}/preview", cheaper(), once="s").json()
    assert (seen["before"]["total_minor"], seen["after"]["total_minor"]) == (700_00, 600_00)
    assert sol.get(path).json()["items"] == []
    for _again in range(2):
        made = seller.post(path, cheaper(), once="a")
        assert made.status_code == 201, made.content
    assert sol.get(path).json()["items"] == [made.json()]
    assert sol.get(f"/contracts/{contract_id(padaria)}/next-invoice").json()["total_minor"] == 600_00
    twice = seller.post(path, cheaper(), once="b")
    assert (twice.status_code, twice.json()["code"]) == (409, "contracts.already_arranged")

    last = {"last": f"{local_date(clock.now(), 'America/Sao_Paulo')}", "why": "otherwise"}
    ends = f"{path}/{made.json()['id']}/end"
    assert seller.post(f"{ends}/preview", last, once="e").json()["after"]["total_minor"] == 700_00
    for _again in range(2):
        ended = seller.post(ends, last, once="c")
        assert (ended.status_code, ended.json()["why"]) == (200, "otherwise"), ended.content
    assert sol.get(path).json()["items"] == []  # it never held


@pytest.mark.rule("ACC-5", part="second person: other")
def test_so_much_a_month_is_asked_for_and_answered_once(
    seller: Program, sol: Program, padaria: Tenant
) -> None:
    set_value(setting=SECOND_PERSON_PRICES, value="BRL 99", actor="olga", why="a test", now=clock.now())
    path = f"/contracts/{contract_id(padaria)}/arrangements"
    asked = [seller.post(path, cheaper(), once="a") for _again in range(2)]
    assert [one.status_code for one in asked] == [202, 202]
    said = asked[0].json()
    assert (said, said["act"], said["amounts"]) == (
        asked[1].json(),
        "arrangement",
        [{"currency": "BRL", "amount_minor": 100_00}],
    )
    approval_id = parse("apr", said["id"])
    assert approval_id is not None
    approve(approval_id=approval_id, person_id=make_olga(), now=clock.now())
    [made] = sol.get(path).json()["items"]
    assert seller.get(f"/approvals/{said['id']}").json()["led_to"] == made["id"]
    last = {"last": f"{local_date(clock.now(), 'America/Sao_Paulo')}", "why": "otherwise"}
    ends = seller.post(f"{path}/{made['id']}/end", last, once="e")
    assert (ends.status_code, ends.json()["act"]) == (202, "arrangement")
    assert sol.get(path).json()["items"] == [made]


@pytest.mark.rule("CAT-13", part="twelve months: default")
@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"price_micro": 700_000_000}, "contracts.price_kept"),
        ({"kind": "add_on"}, "contracts.arrangement_wrong"),
        ({"since": "2020-01-01"}, "contracts.arrangement_wrong"),
        ({"price_micro": -1}, "invalid"),
        ({"why": ""}, "invalid"),
    ],
)
def test_what_cannot_be_is_refused_by_both(
    seller: Program, padaria: Tenant, other: dict[str, Any], code: str
) -> None:
    path = f"/contracts/{contract_id(padaria)}/arrangements"
    for answer in (
        seller.post(path, cheaper(**other), once="a"),
        seller.post(f"{path}/preview", cheaper(**other), once="p"),
    ):
        assert answer.json()["code"] == code
    assert seller.get(path).json()["items"] == []


@pytest.mark.rule("ACC-2")
def test_a_customers_key_arranges_nothing(sol: Program, padaria: Tenant) -> None:
    path = f"/contracts/{contract_id(padaria)}/arrangements"
    for answer in (sol.post(path, cheaper(), once="a"), sol.post(f"{path}/preview", cheaper(), once="p")):
        assert (answer.status_code, answer.json()["code"]) == (403, "seller_only")
    nobodys = f"{path}/{public('arr', uuid7())}/end"
    assert sol.post(nobodys, {"last": "2099-01-01", "why": "x"}, once="b").status_code == 404
