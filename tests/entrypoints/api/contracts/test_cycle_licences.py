"""Peaks, refusals and advice of a cycle over the API (LIC-10)."""

from __future__ import annotations

import pytest

from abono.platform import clock
from tests.domain.licences.office import MINUTE, Office
from tests.entrypoints.api.conftest import Program, contract_id, program
from tests.world import Tenant


@pytest.mark.rule("LIC-10", part="spells")
@pytest.mark.rule("LIC-10", part="peak")
@pytest.mark.rule("LIC-10", part="what would have helped")
def test_how_a_cycle_used_licences_is_read_by_the_seller_and_by_its_customer(
    padaria: Tenant, seller: Program
) -> None:
    [cycle] = seller.get(f"/contracts/{contract_id(padaria)}/cycles").json()["items"]
    path = f"/contracts/{contract_id(padaria)}/cycles/{cycle['day']}"
    nobody = seller.get(f"{path}/licences").json()
    assert (nobody["peak"], nobody["peaks"], nobody["advice"]) == (0, [], None)
    assert seller.get(f"{path}/licence-refusals").json() == {"items": [], "next_cursor": None}

    office = Office(padaria, clock.now())
    office.fill(10)
    for person in ("ana", "bruno", "carla"):
        office.later(MINUTE).claim(person)
        office.claim(person)
    said = seller.get(f"{path}/licences").json()
    assert {one["peak"] for one in said["peaks"]} == {10}
    assert {name: said[name] for name in ("peak", "over")} == {"peak": 10, "over": 0}
    assert said["advice"] == {"refusals": 3, "by_one": 1, "all_with": 3}
    first = seller.get(f"{path}/licence-refusals", limit=2).json()
    rest = seller.get(f"{path}/licence-refusals", limit=2, cursor=first["next_cursor"]).json()
    assert [one["person"] for one in (*first["items"], *rest["items"])] == ["carla", "bruno", "ana"]
    assert rest["next_cursor"] is None
    [ana] = rest["items"]
    assert (ana["tries"], ana["in_use"], ana["owned"], ana["waited"], ana["got_in_at"]) == (
        *(2, 10, 10),
        False,
        None,
    )
    assert program(padaria.customer_id).get(f"{path}/licences").json() == said
    missing = seller.get(f"/contracts/{contract_id(padaria)}/cycles/2020-01-01/licence-refusals")
    assert missing.json()["code"] == "no_cycle"
