"""A contract by program says what the page of plans says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from abono.kernel.ids import public
from abono.platform import clock
from tests.entrypoints.api.conftest import Program, contract_id, program
from tests.pdfs import words
from tests.world import Tenant, sign


@pytest.mark.rule("SEE-1", "API-1")
def test_a_contract_says_what_the_plans_page_says(sol: Program, padaria: Tenant) -> None:
    said = sol.get(f"/contracts/{contract_id(padaria)}").json()
    info = padaria.contract
    assert said["number"] == info.number
    assert said["state"] == "active"
    assert said["plan"]["code"] == "specialist"
    assert said["package"] == {
        "id": public("pkg", info.package_id),
        "code": "brl-100",
        "value_minor": 100_00,
    }
    assert said["adhesion_date"] == str(info.adhesion_date)
    assert said["cycle"]["number"] == 0
    assert said["limit_percent"] == 100
    assert sol.get("/contracts").json() == {"items": [said], "next_cursor": None}


@pytest.mark.rule("SEE-3")
def test_a_contract_that_is_not_paid_yet_is_pending_and_has_no_dates(padaria: Tenant) -> None:
    waiting = sign(card="lost", now=clock.now())
    said = program(waiting.customer_id).get("/contracts").json()["items"][0]
    assert (said["state"], said["cycle"], said["adhesion_date"]) == ("pending", None, None)
    path = f"/contracts/{said['id']}"
    it = program(waiting.customer_id)
    assert it.get(f"{path}/cycles").json() == {"items": [], "next_cursor": None}
    assert it.get(f"{path}/next-invoice").json()["code"] == "contracts.not_running"


@pytest.mark.rule("CON-2", part="terms kept")
@pytest.mark.rule("SEE-3")
def test_its_document_comes_in_the_language_asked_for(sol: Program, padaria: Tenant, luna: Tenant) -> None:
    document = sol.get(f"/contracts/{contract_id(padaria)}/pdf")
    assert document.headers["Content-Type"] == "application/pdf"
    assert padaria.contract.number in document.headers["Content-Disposition"]
    assert "Every month R$700.00" in words(document.content)
    spanish = replace(sol, language="es").get(f"/contracts/{contract_id(padaria)}/pdf")
    assert "R$ 700,00" in words(spanish.content)
    assert sol.get(f"/contracts/{contract_id(luna)}/pdf").status_code == 404
