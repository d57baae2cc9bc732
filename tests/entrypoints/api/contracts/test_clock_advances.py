"""Advances of a sandbox's clock over the API: what happened, and the same again (TIM-2)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from abono.domain.customers.models import Advance
from abono.entrypoints.api.contracts import clock_advances
from abono.flows import due_work
from abono.kernel.ids import public, uuid7
from abono.platform import clock
from tests.entrypoints.api.conftest import Program, program
from tests.world import DAY, Tenant, make_padaria


@pytest.fixture
def trial(db: None, gateway: object) -> Tenant:
    return make_padaria(now=clock.now() - DAY, sandbox=True)


def advance(caller: Program, tenant: Tenant, to: Any) -> Any:
    path = f"/contracts/{public('ctr', tenant.contract_id)}/clock-advances"
    return caller.post(path, {"to": to if isinstance(to, str) else to.isoformat()}, once=str(uuid7()))


@pytest.mark.rule("TIM-2", part="says what happened")
def test_an_advance_answers_with_everything_that_happened_and_the_same_again_with_the_same(
    trial: Tenant,
) -> None:
    caller, end = program(trial.customer_id), trial.contract.cycle_end
    assert end is not None
    first = advance(caller, trial, end)
    assert first.status_code == 200
    said = first.json()
    assert (said["state"], said["trouble"]) == ("arrived", None)
    told = [
        one["event"]["name"] if one["notice"] is None else (one["notice"]["kind"], *one["notice"]["to"])
        for one in said["happened"]
    ]
    assert told == [
        "customer.clock_moved",
        "contract.cycle_started",
        "package.expired",
        ("package_expired", "ana@padaria.example", "financeiro@padaria.example"),
        "invoice.issued",
        ("invoice_issued", "ana@padaria.example", "financeiro@padaria.example"),
        ("payment_received", "ana@padaria.example", "financeiro@padaria.example"),
        "invoice.paid",
    ]
    assert said["happened"][0]["event"]["data"] == {"due": ["renew"]}
    again = advance(caller, trial, end)
    assert again.status_code == 200
    assert again.json() == {**said, "shows": again.json()["shows"]}
    assert trial.contract.cycle_number == 1


@pytest.mark.rule("TIM-2", part="same jobs, to quiet")
def test_a_long_way_is_gone_in_several_calls(trial: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock_advances, "WITHIN_S", 0)
    caller, to = program(trial.customer_id), clock.now() + 70 * DAY
    first = advance(caller, trial, to)
    assert (first.status_code, first.json()["state"]) == (202, "under_way")
    assert trial.contract.cycle_number == 1
    elsewhere = advance(caller, trial, to + DAY)
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (409, "customers.clock_under_way")
    states = [advance(caller, trial, to).json()["state"] for _ in range(2)]
    assert states == ["under_way", "arrived"]
    assert trial.contract.cycle_number == 2
    assert Advance.objects.get().arrived_at is not None


@pytest.mark.rule("TIM-2", part="says what happened")
def test_what_fails_is_told_with_the_moment(trial: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(entry: object, moment: object) -> bool:
        raise ValueError("no disk left")

    monkeypatch.setitem(due_work._BY_NAME, "renew", broken)
    answer = advance(program(trial.customer_id), trial, clock.now() + 70 * DAY)
    assert answer.status_code == 202
    assert (answer.json()["state"], answer.json()["trouble"]) == (
        "stopped",
        "renew, try 1: ValueError: no disk left",
    )


@pytest.mark.rule("TIM-2", part="own clock")
def test_only_forward_not_too_far_and_only_of_a_sandbox(trial: Tenant, padaria: Tenant) -> None:
    caller, now = program(trial.customer_id), clock.now()
    for to, code in (
        (now - timedelta(days=1), "customers.clock_only_forward"),
        (now + timedelta(days=800), "customers.clock_too_far"),
        ("9999-12-31T00:00:00Z", "customers.clock_too_far"),
    ):
        answer = advance(caller, trial, to)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    real = advance(program(padaria.customer_id), padaria, now + DAY)
    assert (real.status_code, real.json()["code"]) == (409, "customers.not_a_sandbox")
    assert not Advance.objects.exists()
