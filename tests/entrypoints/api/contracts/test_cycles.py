"""Cycles by program: what was allowed, used and left."""

from __future__ import annotations

from datetime import timedelta

import pytest

from abono.domain.customers import actions as customers
from abono.flows.due_work import run_due_work
from abono.platform import clock
from tests.entrypoints.api.conftest import Program, contract_id, program, walk
from tests.pdfs import words
from tests.world import Tenant, make_padaria, use


@pytest.mark.rule("FIN-5", "SEE-4", "API-1")
def test_each_cycle_says_what_was_allowed_and_used(db: None, gateway: object) -> None:
    from tests.world import load_catalog

    load_catalog()
    start = clock.now()
    padaria = make_padaria(now=start, sandbox=True)
    use(padaria.contract_id, 10, at=start)  # 10 × 0.55
    customers.set_clock(
        customer_id=padaria.customer_id, real=clock.now(), to=start + timedelta(days=62), actor="test"
    )
    run_due_work(now=start + timedelta(days=62), customer_id=padaria.customer_id)
    it = program(padaria.customer_id)
    path = f"/contracts/{contract_id(padaria)}/cycles"

    cycles = walk(it, path, limit=1)
    assert len(cycles) == 3  # the third has just begun; the one after it is not told of
    assert [cycle["end"] for cycle in cycles[1:]] == [cycle["start"] for cycle in cycles[:-1]]
    first = cycles[-1]
    assert (first["value_micro"], first["used_micro"], first["unused_micro"]) == (
        100_000_000,
        5_500_000,
        94_500_000,
    )
    assert (first["ceiling_micro"], first["package"]) == (200_000_000, "brl-100")
    assert cycles[0]["used_micro"] == 0

    whole = it.get(f"{path}/{first['day']}").json()
    assert whole["cycle"] == first
    [route] = whole["routes"]
    assert (route["channel"], route["kind"], route["country"], route["sent"]) == (
        "whatsapp",
        "company",
        "BR",
        10,
    )
    assert sum(route["sent_micro"] for route in whole["routes"]) == first["used_micro"]
    assert it.get(f"{path}/1999-01-01").json()["code"] == "no_cycle"
    assert it.get(f"{path}/today").json()["code"] == "invalid"

    coming = it.get(f"/contracts/{contract_id(padaria)}/next-invoice").json()
    assert (coming["total_minor"], [line["kind"] for line in coming["lines"]]) == (
        700_00,
        ["plan", "package"],
    )
    assert coming["issued_at"] == cycles[0]["end"]


@pytest.mark.rule("PKG-3", part="statement")
def test_a_cycle_has_its_statement(sol: Program, padaria: Tenant) -> None:
    use(padaria.contract_id, 2, at=clock.now())
    [cycle] = sol.get(f"/contracts/{contract_id(padaria)}/cycles").json()["items"]
    document = sol.get(f"/contracts/{contract_id(padaria)}/cycles/{cycle['day']}/pdf")
    assert document.headers["Content-Type"] == "application/pdf"
    assert "Channel package used 2 2 R$1.10" in words(document.content)  # 2 × 0.55
    assert sol.get(f"/contracts/{contract_id(padaria)}/cycles/2001-01-01/pdf").status_code == 404
