"""Programs keep licences for groups (LIC-9)."""

from __future__ import annotations

import pytest

from abono.platform.models import Event
from tests.entrypoints.api.conftest import Program, contract_id, program
from tests.world import Tenant


@pytest.mark.rule("LIC-9", part="at most what is owned")
@pytest.mark.rule("LIC-9", part="kept licences: other")
def test_licences_are_kept_for_groups_listed_and_given_back_to_all(padaria: Tenant, seller: Program) -> None:
    path = f"/contracts/{contract_id(padaria)}/kept-licences"
    own = program(padaria.customer_id)
    assert own.get(path).json() == {"kept": [], "owned": 10}
    wanted = [{"group": "supervisors", "licences": 9}, {"group": "agent", "licences": 1}]
    kept = own.put(path, {"kept": wanted}, once="1").json()
    assert kept == {"kept": wanted[::-1], "owned": 10}
    assert seller.get(path).json() == kept
    twice, many = [wanted[0], wanted[0]], [{"group": f"g{n}", "licences": 1} for n in range(51)]
    for wrong, code in (
        ([{**wanted[0], "licences": 11}], "licences.kept_beyond_owned"),
        ([*wanted, {"group": "bosses", "licences": 1}], "licences.kept_beyond_owned"),
        ([{**wanted[0], "licences": 0}], "invalid"),
        ([{**wanted[0], "group": "Über uns"}], "invalid"),
        (twice, "invalid"),
        (many, "invalid"),
    ):
        refused = own.put(path, {"kept": wrong}, once=f"wrong-{len(str(wrong))}")
        assert (refused.status_code, refused.json()["code"]) == (422, code), refused.content
    assert own.get(path).json() == kept
    assert own.put(path, {"kept": []}, once="2").json() == {"kept": [], "owned": 10}
    own.put(path, {"kept": []}, once="3")
    told = Event.objects.filter(name="licence.kept").order_by("id")
    assert [(one.before, one.after) for one in told] == [
        ({}, {"supervisors": 9, "agent": 1}),
        ({"supervisors": 9, "agent": 1}, {}),
    ]
