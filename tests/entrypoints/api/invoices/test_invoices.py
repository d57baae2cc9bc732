"""Invoices by program, with their lines and documents."""

from __future__ import annotations

from datetime import timedelta

import pytest

from abono.domain.invoicing.models import Invoice
from abono.kernel.periods import local_date
from abono.platform import clock
from tests.entrypoints.api.conftest import Program
from tests.world import Tenant


@pytest.mark.rule("FIN-1", "API-1")
def test_an_invoice_comes_with_its_lines_and_its_document(sol: Program, padaria: Tenant) -> None:
    [listed] = sol.get("/invoices").json()["items"]
    said = sol.get(f"/invoices/{listed['id']}").json()
    assert {name: said[name] for name in listed} == listed
    # 600.00 for the plan + 100.00 for the package + 649.00 to activate, once.
    assert [line["amount_minor"] for line in said["lines"]] == [600_00, 100_00, 649_00]
    assert (said["total_minor"], said["currency"], said["state"]) == (1_349_00, "BRL", "paid")
    assert said["fiscal_types"] == ["licensing", "sva"]
    document = sol.get(f"/invoices/{listed['id']}/pdf")
    assert document.content.startswith(b"%PDF-")
    assert document.headers["Content-Type"] == "application/pdf"
    assert listed["number"] in document.headers["Content-Disposition"]


@pytest.mark.rule("INV-5")
def test_a_draft_is_nobodys_business_and_an_overdue_invoice_says_so(sol: Program, padaria: Tenant) -> None:
    Invoice.objects.update(customer_id=padaria.customer_id)
    draft = Invoice.objects.create(
        customer_id=padaria.customer_id,
        contract_id=padaria.contract_id,
        reason="interim",
        key="interim:9:1",
        series="A",
        currency="BRL",
        total_minor=5,
        buyer={"legal_name": "x", "tax_id": "y", "country": "BR"},
        created_at=clock.now(),
    )
    assert len(sol.get("/invoices").json()["items"]) == 1
    for path in ("", "/pdf"):
        assert sol.get(f"/invoices/{draft.public_id}{path}").status_code == 404
    assert sol.post(f"/invoices/{draft.public_id}/payments", once="k").status_code == 404
    yesterday = local_date(clock.now() - timedelta(days=1), "America/Sao_Paulo")
    Invoice.objects.filter(id=draft.id).update(
        state="pending", number=77, issued_at=clock.now(), due_date=yesterday
    )
    said = sol.get("/invoices", state="pending").json()["items"][0]
    assert [one["id"] for one in sol.get("/invoices", overdue="true").json()["items"]] == [said["id"]]
    assert said["id"] not in [one["id"] for one in sol.get("/invoices", overdue="false").json()["items"]]
    assert (said["number"], said["overdue"]) == ("A-000077", True)
