"""A contract is cancelled by program, and that is taken back (END-3)."""

from __future__ import annotations

from datetime import datetime

import pytest

from abono.kernel.periods import last_date
from tests.entrypoints.api.conftest import Program, contract_id
from tests.fakes import FakeGateway
from tests.world import Tenant


@pytest.mark.rule("END-3", part="cancel")
@pytest.mark.rule("END-3", part="take back")
def test_a_program_cancels_and_takes_that_back(sol: Program, padaria: Tenant, gateway: FakeGateway) -> None:
    path = f"/contracts/{contract_id(padaria)}/cancellation"
    seen = sol.get(path).json()
    assert (seen["cancelled"], seen["last_invoice_minor"], seen["package_left_minor"]) == (False, 0, 100_00)
    done = sol.post(path, {"why": "We move."}, once="end")
    assert (done.status_code, done.json()) == (200, {**seen, "cancelled": True})
    assert sol.post(path, {"why": "We move."}, once="end").json() == done.json()
    contract = sol.get(f"/contracts/{contract_id(padaria)}").json()
    assert (contract["state"], contract["ends_at"]) == ("ending", seen["ends_at"])
    ends_at = datetime.fromisoformat(seen["ends_at"])
    assert contract["ends_on"] == last_date(ends_at, "America/Sao_Paulo").isoformat()

    back = sol.post(f"{path}/withdrawal", once="back")

    assert (back.status_code, back.json()) == (200, seen)
    assert sol.post(f"{path}/withdrawal", once="back").json() == seen
    late = sol.post(f"{path}/withdrawal", once="again")
    assert (late.status_code, late.json()["code"]) == (409, "contracts.not_ending")
    names = [one["name"] for one in sol.get("/events").json()["items"]]
    assert {"contract.ending", "contract.cancellation_withdrawn"} <= set(names)
