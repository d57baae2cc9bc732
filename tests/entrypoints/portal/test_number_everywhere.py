"""The number of a contract is shown wherever it is spoken of (CON-5)."""

from __future__ import annotations

import io

import pytest
from django.urls import reverse
from pypdf import PdfReader

from abono.domain.invoicing import queries as invoices
from abono.kernel.ids import public
from tests.entrypoints.portal.reading import words

pytestmark = pytest.mark.rule("CON-5", part="shown everywhere")


@pytest.mark.parametrize("page", ["home", "plans", "financial"])
def test_a_page_that_speaks_of_the_contract_says_its_number(ana, padaria, page):
    assert padaria.contract.number in words(ana.get(reverse(f"portal:{page}")))


def test_the_invoice_and_its_document_say_the_number(ana, padaria):
    [invoice] = invoices.list_for_customer(padaria.customer_id)
    where = [public("inv", invoice.id)]
    assert padaria.contract.number in words(ana.get(reverse("portal:invoice", args=where)))
    pdf = PdfReader(io.BytesIO(ana.get(reverse("portal:invoice-pdf", args=where)).content))
    assert padaria.contract.number in "".join(page.extract_text() for page in pdf.pages)
