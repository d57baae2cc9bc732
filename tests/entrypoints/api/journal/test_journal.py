"""The journal over the API: for the seller's keys, by customer, contract, invoice, account and day (PAY-13)."""

from __future__ import annotations

from datetime import datetime

import pytest

from abono.domain.identity import keys
from abono.domain.invoicing.models import Invoice
from abono.kernel.ids import public
from tests.entrypoints.api.conftest import Program, contract_id, issue, program, walk
from tests.stories import credited
from tests.world import Tenant, make_padaria


@pytest.mark.rule("PAY-13", part="double entry")
def test_the_seller_reads_entries_newest_first_each_summing_to_zero(padaria: Tenant, seller: Program) -> None:
    credited(padaria)
    found = seller.get("/journal", contract=contract_id(padaria)).json()["items"]
    assert [one["fact"] for one in found] == [
        "credit_note_issued",
        "credit_granted",
        "invoice_issued",
        "payment_received",
    ]
    [note, _granted, invoice, paid] = found
    assert all(sum(line["amount_minor"] for line in one["postings"]) == 0 for one in found)
    assert note["postings"] == [
        {"account": "receivable", "detail": "", "currency": "BRL", "amount_minor": -100_00},
        {"account": "revenue", "detail": "plan", "currency": "BRL", "amount_minor": 100_00},
    ]
    whose = {
        "customer": public("cus", padaria.customer_id),
        "contract": contract_id(padaria),
        "invoice": public("inv", Invoice.objects.get().id),
        "sandbox": False,
    }
    for one in found:
        assert one | whose == one
    assert invoice["reference"] == whose["invoice"]
    assert paid["reference"].startswith("att_")


@pytest.mark.rule("PAY-13", part="double entry")
def test_it_is_narrowed_and_read_page_by_page(padaria: Tenant, luna: Tenant, seller: Program) -> None:
    def facts(**query: object) -> list[str]:
        answer = seller.get("/journal", **query)
        assert answer.status_code == 200, answer.content
        return [one["fact"] for one in answer.json()["items"]]

    credited(padaria)
    whole = facts()
    assert len(whole) == 6
    assert facts(customer=public("cus", luna.customer_id)) == ["invoice_issued", "payment_received"]
    [theirs] = Invoice.objects.filter(customer_id=luna.customer_id)
    assert facts(invoice=public("inv", theirs.id), account="clearing") == ["payment_received"]
    assert facts(account="credit") == ["credit_granted"]
    newest = seller.get("/journal").json()["items"][0]["day"]
    assert facts(first_day=newest)
    assert facts(last_day="2020-01-01") == facts(first_day="2026-06-02", last_day="2026-06-01") == []

    assert [one["fact"] for one in walk(seller, "/journal", limit=4)] == whole


@pytest.mark.rule("PAY-13", part="double entry")
def test_no_key_of_a_customer_reads_it_nor_one_without_the_scope(padaria: Tenant, seller: Program) -> None:
    for path in ("/journal", f"/journal?customer={public('cus', padaria.customer_id)}"):
        answer = program(padaria.customer_id).get(path)
        assert (answer.status_code, answer.json()["code"]) == (403, seller_only(padaria))
    _id, key = issue(None, (keys.METER,))
    assert Program(key).get("/journal").status_code == 403


def seller_only(tenant: Tenant) -> str:
    """As another list of the seller's alone is refused."""
    return str(program(tenant.customer_id).get("/version-moves").json()["code"])


@pytest.mark.rule("PAY-13", part="double entry")
def test_a_sandbox_is_read_where_it_is_asked_for(seller: Program, signed_at: datetime) -> None:
    before = seller.get("/journal").json()["items"]
    tenant = make_padaria(now=signed_at, sandbox=True)
    assert seller.get("/journal").json()["items"] == before
    found = seller.get("/journal", customer=public("cus", tenant.customer_id)).json()["items"]
    assert {one["sandbox"] for one in found} == {True}
