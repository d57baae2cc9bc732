"""An issuing service reads what is to be issued and says what it issued; the customer's program reads it beside the invoice (INV-11)."""

from __future__ import annotations

from base64 import b64encode

import pytest

from abono.domain.fiscal.models import Document
from tests.entrypoints.api.conftest import program
from tests.fiscal import PDF, kept, key, xml
from tests.scenarios.taking_back import newest
from tests.world import load_catalog, make_luna, make_padaria


@pytest.fixture
def padaria(db, gateway):
    load_catalog()
    kept()
    return make_padaria()


def base64(content):
    return b64encode(content).decode()


@pytest.mark.rule("INV-11", part="listed and exported")
@pytest.mark.rule("INV-11", part="comes back")
@pytest.mark.rule("INV-11", part="state")
def test_a_service_takes_what_is_to_be_issued_and_brings_back_number_key_and_files(padaria):
    seller, sol, luna = program(None), program(padaria.customer_id), program(make_luna().customer_id)
    first = newest(padaria)
    path = f"/invoices/{first.public_id}/fiscal-document"
    listed = seller.get("/fiscal-documents/to-issue").json()["items"]
    assert [(one["number"], one["amount_minor"]) for one in listed if one["invoice"] == first.public_id] == [
        (first.title, 1_349_00)
    ]
    made = seller.post("/fiscal-exports", once="a")
    assert made.status_code == 201
    assert seller.post("/fiscal-exports", once="a").json() == made.json()
    assert seller.post("/fiscal-exports", once="b").json()["code"] == "fiscal.nothing_to_issue"
    [one] = [each for each in made.json()["to_issue"] if each["invoice"] == first.public_id]
    assert (one["reference"], one["buyer"]["city"], one["lines"][0]["amount_minor"]) == (
        first.title,
        "São Paulo",
        600_00,
    )
    read = seller.get(f"/fiscal-exports/{made.json()['id']}").json()
    assert read == made.json()
    assert [each["number"] for each in seller.get("/fiscal-exports").json()["items"]] == [1]

    assert (
        seller.put(path, {"said": "refused", "why": "E1: no city"}, once="c").json()["why"] == "E1: no city"
    )
    assert sol.get(path).json()["state"] == "exported"  # mended between seller and tax office
    assert sol.get(path).json()["why"] == ""
    happened = "/events?name=fiscal_document.refused"
    reasons = [who.get(happened).json()["items"][0]["why"] for who in (seller, sol)]
    assert reasons == ["E1: no city", ""]
    assert seller.put(path, {"said": "again"}, once="d").json()["state"] == "to_issue"

    told = {"said": "issued", "xml": base64(xml()), "pdf": base64(PDF), "verification_code": "AB12"}
    answer = seller.put(path, told, once="e")
    assert answer.status_code == 200, answer.content
    assert (answer.json()["state"], answer.json()["number"], answer.json()["key"]) == ("issued", "1", key())
    assert seller.put(path, told, once="f").json() == answer.json()
    for wrong, status, code in (
        ({**told, "pdf": base64(PDF + b"x")}, 409, "fiscal.answered_otherwise"),
        ({"said": "issued", "key": key(2), "number": "3"}, 422, "fiscal.number_differs"),
        ({"said": "issued", "xml": "ab=c"}, 422, "invalid"),
        ({"said": "issued", "xml": "abc"}, 422, "fiscal.xml_wrong"),
        ({"said": "sold"}, 422, "invalid"),
    ):
        refused = seller.put(path, wrong, once=f"{status}{len(str(wrong))}")
        assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert (seller.put(path, told).status_code, sol.put(path, told, once="g").status_code) == (400, 403)

    beside = sol.get(f"/invoices/{first.public_id}").json()["fiscal_document"]
    assert beside == sol.get(path).json() == answer.json()
    assert sol.get("/invoices").json()["items"][-1]["fiscal_document"] == beside
    assert sol.get(f"{path}/pdf").content == PDF
    assert sol.get(f"{path}/xml").content == xml()
    for there in (path, f"{path}/pdf"):
        assert luna.get(there).status_code == 404
    assert Document.objects.filter(state="issued").count() == 1
