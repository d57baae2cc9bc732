"""Drafts by program: the seller writes, looks at and issues them, their customer knows of none before (INV-10)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from abono.domain.settings.actions import set_value
from abono.domain.settings.known import REVIEW_FOR
from abono.kernel.ids import uuid7
from abono.platform import clock
from tests.entrypoints.api.conftest import contract_id, program
from tests.work import renew_due
from tests.world import Tenant

LINES = [{"name": "Training", "quantity": 2, "unit_price_micro": 150_000_000, "fiscal_type": "licensing"}]


@pytest.mark.rule("INV-10", part="one-off")
@pytest.mark.rule("INV-10", "API-1", "API-2")
def test_a_draft_is_made_changed_issued_once_and_another_one_discarded(padaria: Tenant, seller) -> None:
    made = seller.post(
        f"/contracts/{contract_id(padaria)}/one-off-invoices", {"lines": LINES}, once="draft"
    ).json()
    path = f"/one-off-invoices/{made['id']}"
    assert made["total_minor"] == 300_00
    other = [*LINES, {"name": "Journey", "unit_price_micro": 80_500_000}]
    changed = seller.put(path, {"lines": other}, once="change").json()
    assert [line["fiscal_type"] for line in changed["lines"]] == ["licensing", "sva"]
    assert seller.get("/one-off-invoices").json()["items"] == [changed]
    assert seller.get(f"{path}/pdf").content.startswith(b"%PDF")
    customer = program(padaria.customer_id)
    assert customer.get(f"/invoices/{made['id']}").status_code == 404
    assert customer.get(path).status_code == 404

    stale = seller.post(f"{path}/issue", {"why": "Agreed.", "seen": made["seen"]}, once="stale")
    assert (stale.status_code, stale.json()["code"]) == (409, "invoicing.draft_changed")
    wanted = {"why": "Agreed.", "seen": changed["seen"]}
    issued = seller.post(f"{path}/issue", wanted, once="issue")
    assert issued.status_code == 201
    assert (issued.json()["reason"], issued.json()["total_minor"]) == ("one_off", 380_50)
    assert issued.json()["lines"][0]["explanation"] == "Billed once: 2 × R$150.00 = R$300.00"
    assert seller.post(f"{path}/issue", wanted, once="issue").content == issued.content
    assert seller.get(path).json()["code"] == "invoicing.draft_not_found"
    assert customer.get(f"/invoices/{made['id']}").json()["number"] == "A-000002"

    gone = seller.post(
        f"/contracts/{contract_id(padaria)}/one-off-invoices", {"lines": LINES}, once=str(uuid7())
    ).json()
    assert seller.post(f"/one-off-invoices/{gone['id']}/cancel", {}, once="gone").status_code == 200
    assert seller.get("/one-off-invoices").json()["items"] == []


@pytest.mark.rule("INV-10", part="review: other")
def test_what_waits_for_its_review_is_listed_parked_and_issued(padaria: Tenant, seller) -> None:
    set_value(setting=REVIEW_FOR, value="PT12H", now=clock.now(), why="a test", actor="olga")
    ends = padaria.contract.cycle_end
    renew_due(now=ends, customer_id=padaria.customer_id)
    [waits] = seller.get("/invoices-in-review").json()["items"]
    assert (waits["total_minor"], [line["kind"] for line in waits["lines"]]) == (700_00, ["plan", "package"])
    assert datetime.fromisoformat(waits["issued_by_itself_at"]) == ends + timedelta(hours=12)
    assert program(padaria.customer_id).get(f"/invoices/{waits['id']}").status_code == 404
    path = f"/invoices-in-review/{waits['id']}"
    parked = seller.post(f"{path}/park", {"why": "We ask them first."}, once="park").json()
    assert (parked["issued_by_itself_at"], parked["parked_why"]) == (None, "We ask them first.")
    issued = seller.post(f"{path}/issue", {"why": "They agreed."}, once="issue")
    assert (issued.status_code, issued.json()["number"]) == (201, "A-000002")
    assert seller.post(f"{path}/issue", {"why": "They agreed."}, once="issue").content == issued.content
    again = seller.post(f"{path}/park", {"why": "Late."}, once="late")
    assert (again.status_code, again.json()["code"]) == (404, "invoicing.draft_not_found")
    assert seller.get("/invoices-in-review").json()["items"] == []
