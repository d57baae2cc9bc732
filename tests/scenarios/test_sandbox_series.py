"""A sandbox's invoices are numbered apart, and marked as what they are (INV-4)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from django.db import connection
from pypdf import PdfReader

from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.models import Invoice
from abono.flows.billing.documents import invoice_file
from abono.flows.billing.renew import renew
from abono.kernel.ids import public
from abono.platform import clock
from tests.books import check_books
from tests.entrypoints.api.conftest import program
from tests.entrypoints.portal.reading import signed_in
from tests.scenarios.test_cycles import JULY_1
from tests.world import DAY, load_catalog, make_luna, make_padaria, sign


def series_of(customer_id) -> str:
    return f"TEST-{public('cus', customer_id)[-6:].upper()}"


def titles(customer_id) -> list[str]:
    return [invoice.title for invoice in invoices.list_for_customer(customer_id)][::-1]


@pytest.mark.rule("INV-4", part="sandbox's own")
def test_what_a_sandbox_tries_out_takes_no_number_of_a_real_invoice(gateway):
    luna = make_luna()
    tried, other = make_padaria(sandbox=True), sign(sandbox=True)
    for cycle in range(1, 3):
        renew(contract_id=tried.contract_id, now=JULY_1 + (cycle - 1) * 31 * DAY)
    renew(contract_id=luna.contract_id, now=JULY_1 + DAY)

    assert titles(luna.customer_id) == ["A-000001", "A-000002"]
    own = series_of(tried.customer_id)
    assert titles(tried.customer_id) == [f"{own}-000001", f"{own}-000002", f"{own}-000003"]
    assert titles(other.customer_id) == [f"{series_of(other.customer_id)}-000001"]
    assert check_books() == []


@pytest.mark.rule("INV-4", part="sandbox's own")
def test_document_page_and_api_say_that_it_is_of_a_sandbox(gateway):
    tried = make_padaria(sandbox=True, now=clock.now())
    invoice = invoices.list_for_customer(tried.customer_id)[0]
    assert invoice.title == f"{series_of(tried.customer_id)}-000001"
    said = "Sandbox: made for trying things out. It is not a fiscal document."

    name, content = invoice_file(
        invoice_id=invoice.id, language="en", real=clock.now(), customer_id=tried.customer_id
    )
    text = " ".join(PdfReader(BytesIO(content)).pages[0].extract_text().split())
    assert name == f"{invoice.title}.pdf"
    assert invoice.title in text
    assert said in text

    ana = signed_in("ana@padaria.example")
    assert invoice.title in ana.get("/en/settings/financial/").text
    page = ana.get(f"/en/settings/financial/{invoice.public_id}/").text
    assert invoice.title in page
    assert said in page

    told = program(tried.customer_id).get(f"/invoices/{invoice.public_id}").json()
    assert (told["number"], told["sandbox"]) == (invoice.title, True)


@pytest.mark.rule("INV-4", part="gapless")
@pytest.mark.rule("INV-4", part="sandbox's own")
def test_every_series_stays_without_gaps_when_all_are_numbered_at_once(transactional_db, gateway):
    load_catalog()
    tenants = [sign(sandbox=number % 2 == 0) for number in range(8)]

    def bill(tenant) -> None:
        try:
            for cycle in range(3):
                renew(contract_id=tenant.contract_id, now=JULY_1 + cycle * 31 * DAY)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(bill, tenants))

    numbers: dict[str, list[int]] = {}
    for series, number in Invoice.objects.order_by("number").values_list("series", "number"):
        numbers.setdefault(series, []).append(number)
    sandboxes = {series_of(tenant.customer_id): [1, 2, 3, 4] for tenant in tenants[::2]}
    assert numbers == {"A": list(range(1, 17)), **sandboxes}  # four real ones with four invoices each
    assert check_books() == []
