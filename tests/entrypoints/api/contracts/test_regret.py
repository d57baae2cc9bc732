"""A contract is given back by program, with a full refund (CON-10)."""

from __future__ import annotations

import pytest

from abono.domain.contracts import queries as contracts
from abono.flows.due_work import REAL, work_off
from abono.platform import clock
from tests.entrypoints.api.conftest import Program, contract_id, program
from tests.fakes import FakeGateway
from tests.world import Tenant


@pytest.mark.rule("CON-10", part="full refund in one press")
@pytest.mark.rule("API-1")
def test_all_that_was_paid_goes_back(sol: Program, padaria: Tenant, gateway: FakeGateway) -> None:
    path = f"/contracts/{contract_id(padaria)}/regret"
    seen = sol.get(path).json()
    assert (seen["amount_minor"], seen["currency"]) == (1_349_00, "BRL")
    assert seen["goes_back"] == [{"card": "Visa •••• 4243", "amount_minor": 1_349_00}]

    done = sol.post(path, once="back")

    assert (done.status_code, done.json()["amount_minor"]) == (201, 1_349_00)
    assert sol.post(path, once="back").json() == done.json()
    assert sol.get(f"/contracts/{contract_id(padaria)}").json()["state"] == "ended"
    assert sol.get(path).status_code == 409
    [listed] = sol.get("/invoices").json()["items"]
    [asked] = sol.get(f"/invoices/{listed['id']}").json()["refunds"]
    assert (asked["state"], asked["amount_minor"], listed["refunded_minor"]) == ("asked", 1_349_00, 0)
    work_off(now=clock.now(), kinds=REAL)
    [listed] = sol.get("/invoices").json()["items"]
    [refund] = sol.get(f"/invoices/{listed['id']}").json()["refunds"]
    assert (refund["state"], listed["refunded_minor"]) == ("done", 1_349_00)
    names = [one["name"] for one in sol.get("/events").json()["items"]]
    assert {"contract.ended", "refund.asked", "refund.done", "credit.refunded"} <= set(names)


def test_a_key_of_the_seller_says_why(padaria: Tenant) -> None:
    path, seller = f"/contracts/{contract_id(padaria)}/regret", program(None, "read", "write")
    assert seller.post(path, {"why": ""}, once="none").status_code == 422
    assert seller.post(path, {"why": "They called: the wrong plan."}, once="back").status_code == 201
    assert contracts.moves(padaria.contract_id)[0].reason == "They called: the wrong plan."
