"""GET and PUT of who is told of what (NOT-1)."""

from __future__ import annotations

from abono.kernel.ids import public
from tests.entrypoints.api.conftest import Program
from tests.world import Tenant


def path(tenant: Tenant) -> str:
    return f"/contracts/{public('ctr', tenant.contract_id)}/notice-choices"


def told(program: Program, tenant: Tenant) -> dict[str, list[str]]:
    return {choice["kind"]: choice["told"] for choice in program.get(path(tenant)).json()["choices"]}


def test_a_choice_is_read_set_and_kept(sol: Program, padaria: Tenant) -> None:
    both = ["administrators", "financial_contact"]
    assert set(map(tuple, told(sol, padaria).values())) == {tuple(both)}
    wanted = {"choices": [{"kind": "invoice_issued", "told": ["financial_contact"]}]}
    said = sol.put(path(padaria), wanted, once="a")
    assert said.status_code == 200
    after = told(sol, padaria)
    assert after.pop("invoice_issued") == ["financial_contact"]
    assert set(map(tuple, after.values())) == {tuple(both)}


def test_nobody_an_unknown_kind_and_a_stranger_are_refused(
    sol: Program, padaria: Tenant, luna: Tenant
) -> None:
    before = told(sol, padaria)
    for number, (target, choice, status) in enumerate(
        [
            (padaria, {"kind": "invoice_issued", "told": []}, 409),
            (padaria, {"kind": "key_issued", "told": ["administrators"]}, 422),  # nobody can turn it off
            (padaria, {"kind": "weather", "told": ["administrators"]}, 422),
            (padaria, {"kind": "invoice_issued", "told": ["everybody"]}, 422),
            (luna, {"kind": "invoice_issued", "told": ["administrators"]}, 404),
        ]
    ):
        reply = sol.put(path(target), {"choices": [choice]}, once=f"{number}")
        assert (reply.status_code, reply["Content-Type"]) == (status, "application/problem+json"), (
            reply.content
        )
    assert told(sol, padaria) == before
