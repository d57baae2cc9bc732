"""The seller exports what is to be issued and takes back what was, by page and by file; the customer finds it beside the invoice
(INV-11)."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from abono.domain.fiscal.models import Document, Export
from abono.domain.invoicing.types import InvoiceDetail
from tests.entrypoints.portal.reading import words
from tests.fakes import FakeGateway
from tests.fiscal import PDF, kept, key, xml
from tests.scenarios.taking_back import newest
from tests.world import Tenant, load_catalog, make_padaria

PAGE = "/en/back-office/fiscal/"


@pytest.fixture
def padaria(db: None, gateway: FakeGateway) -> Tenant:
    load_catalog()
    return make_padaria()


@pytest.fixture
def first(padaria: Tenant) -> InvoiceDetail:
    kept()
    return newest(padaria)


def upload(client: Client, name: str, content: bytes) -> HttpResponse:
    return client.post(f"{PAGE}take/", {"file": SimpleUploadedFile(name, content)}, follow=True)


@pytest.mark.rule("INV-11", part="state")
def test_a_seller_without_them_is_told_how_and_sees_nothing_of_them(
    olga: Client, ana: Client, padaria: Tenant
) -> None:
    invoice = newest(padaria)
    assert "The setting fiscal_documents says" in words(olga.get(PAGE))
    beside = f"/en/back-office/invoices/{invoice.public_id}/"
    assert "Fiscal document" not in words(olga.get(beside)).replace("Fiscal documents", "")
    assert "It was issued" not in words(olga.get(f"{beside}fiscal/"))
    assert "Fiscal document" not in words(ana.get(f"/en/settings/financial/{invoice.public_id}/"))


@pytest.mark.rule("INV-11", part="listed and exported")
@pytest.mark.rule("INV-11", part="comes back")
@pytest.mark.rule("INV-11", part="state")
def test_it_is_exported_refused_listed_again_typed_and_cancelled_on_pages(
    olga: Client, ana: Client, first: InvoiceDetail
) -> None:
    beside, portal = (
        f"/en/back-office/invoices/{first.public_id}/fiscal/",
        f"/en/settings/financial/{first.public_id}/",
    )
    assert "Documents to be issued 1 To be issued, the oldest first" in words(olga.get(PAGE))
    assert "Export 1 is written, with 1 document." in words(olga.post(f"{PAGE}write/", follow=True))
    made = Export.objects.get()
    download = olga.get(f"{PAGE}exports/{made.public_id}/csv/")
    [plan, _package, activation] = csv.DictReader(StringIO(download.content.decode("utf-8-sig")))
    assert (plan["reference"], plan["amount"], plan["line_amount"], plan["buyer_city"]) == (
        first.title,
        "1349.00",
        "600.00",
        "São Paulo",
    )
    assert activation["line_amount"] == "649.00"
    assert "Nothing is to be issued or cancelled" in words(olga.post(f"{PAGE}write/", follow=True))
    assert "Being issued" in words(ana.get(portal))

    olga.post(beside, {"act": "refused", "refused-why": "E1: no city"})
    assert "E1: no city" in words(olga.get(PAGE))
    assert "Being issued" in words(ana.get(portal))
    assert "goes out with the next export" in words(olga.post(beside, {"act": "again"}, follow=True))

    wrong = olga.post(
        beside, {"act": "issued", "issued-key": key()[:-1] + "x", "issued-issued_on": "2026-06-05"}
    )
    assert wrong.status_code == 422
    assert "is no key of a fiscal document" in words(wrong)
    files = {"issued-xml": SimpleUploadedFile("a.xml", xml()), "issued-pdf": SimpleUploadedFile("a.pdf", PDF)}
    assert "Fiscal document 1 is kept" in words(olga.post(beside, {"act": "issued", **files}, follow=True))
    assert words(olga.get("/en/back-office/invoices/")).count("Issued 1") == 1
    assert key() in words(ana.get(portal))
    for part, content in (("pdf", PDF), ("xml", xml())):
        for client, at in ((ana, f"{portal}fiscal/"), (olga, beside)):
            got = client.get(f"{at}{part}/")
            assert (got.content, got["Content-Disposition"]) == (
                content,
                f'attachment; filename="{first.title}-1.{part}"',
            )
    assert ana.get(f"{portal}fiscal/exe/").status_code == 404
    assert f"{portal}fiscal/pdf/" in ana.get("/en/settings/financial/?period=all").content.decode()

    said = words(olga.post(beside, {"act": "cancelled", "cancelled-why": "a mistake"}, follow=True))
    assert "It is kept with the invoice." in said
    assert Document.objects.filter(state="cancelled", why="a mistake").count() == 1
    assert olga.post(beside, {"act": "eaten"}).status_code == 404


@pytest.mark.rule("INV-11", part="comes back")
def test_a_file_says_line_by_line_what_stands_in_its_way_and_what_it_did(
    olga: Client, first: InvoiceDetail
) -> None:
    bad = upload(
        olga,
        "notas.csv",
        f"reference,state,issued_on\nA-9,issued,\n{first.title},issued,2026-06-05\n".encode(),
    )
    assert bad.status_code == 422
    assert "Line Reference Why 2 A-9 No invoice has the number A-9." in words(bad)
    assert f"3 {first.title} Write the number of the fiscal document" in words(bad)
    assert not Document.objects.exists()
    assert "This file cannot be read" in words(upload(olga, "a.csv", b"x"))
    good = f"reference,state,number,issued_on\n{first.title},issued,7,2026-06-05\n".encode()
    taken = words(upload(olga, "notas.csv", good))
    assert "All of this file is taken" in taken
    assert f"2 {first.title} Issued" in taken
    assert "This file was taken already" in words(upload(olga, "notas.csv", good))
