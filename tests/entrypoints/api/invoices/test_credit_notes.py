"""Credit notes and the statement of credit by program: the seller writes them, both sides read them (INV-4, INV-9)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from abono.domain.invoicing.models import CreditNote, Invoice
from abono.flows.billing.renew import renew
from abono.kernel.ids import public
from abono.platform import clock
from tests.entrypoints.api.conftest import Program, contract_id, program
from tests.world import Tenant


@pytest.fixture
def invoice(padaria: Tenant) -> str:
    return public("inv", Invoice.objects.get(customer_id=padaria.customer_id).id)


BODY = {"why": "The plan was not there for ten days.", "lines": [{"line": 1, "amount_minor": 150_00}]}


@pytest.mark.rule("INV-4", part="credit notes")
@pytest.mark.rule("API-1")
def test_what_a_credit_note_would_do_is_said_before_and_nothing_is_written(
    sol: Program, seller: Program, invoice: str
) -> None:
    path = f"/invoices/{invoice}/credit-notes/preview"
    answer = seller.get(path, lines="1:15000,3:64900")
    assert answer.status_code == 200
    assert answer.json() == {
        "invoice": invoice,
        "currency": "BRL",
        "total_minor": 799_00,  # 150.00 + 649.00
        "lowered_minor": 0,  # it is paid
        "credit_minor": 799_00,
        "owed_minor": 0,
        "opens_sending": False,
        "lines": [
            {"line": 1, "label": "Software plan Specialist", "amount_minor": 150_00, "left_minor": 450_00},
            {"line": 3, "label": "Activation of plan Specialist", "amount_minor": 649_00, "left_minor": 0},
        ],
    }
    refused = [
        (seller.get(path, lines="1:60001"), 409),
        (seller.get(path, lines="9:1"), 422),
        (seller.get(path, lines="1:0"), 422),
        (seller.get(path), 422),
        (sol.get(path, lines="1:15000"), 403),
    ]
    assert [answer.status_code for answer, _expected in refused] == [
        expected for _answer, expected in refused
    ]
    assert not CreditNote.objects.exists()


@pytest.mark.rule("INV-4", part="credit notes")
@pytest.mark.rule("INV-9", part="statement")
@pytest.mark.rule("API-2")
def test_the_seller_takes_back_once_for_each_key_and_both_sides_read_it(
    padaria: Tenant, sol: Program, seller: Program, invoice: str
) -> None:
    made = seller.post(f"/invoices/{invoice}/credit-notes", BODY, once="a")
    assert made.status_code == 201
    note = made.json()
    assert (note["number"], note["total_minor"], note["lowered_minor"], note["credit_minor"]) == (
        "C-000001",
        150_00,
        0,
        150_00,
    )
    assert (note["invoice"], note["lines"]) == (invoice, [{"line": 1, "amount_minor": 150_00}])
    again = seller.post(f"/invoices/{invoice}/credit-notes", BODY, once="a")
    assert (again.content, again.headers["Idempotent-Replayed"]) == (made.content, "true")
    assert CreditNote.objects.count() == 1

    for it in (sol, seller):
        assert it.get("/credit-notes", invoice=invoice).json() == {"items": [note], "next_cursor": None}
        assert it.get("/credit-notes", contract=contract_id(padaria)).json()["items"] == [note]
        assert it.get(f"/credit-notes/{note['id']}").json() == note
        told = it.get(f"/contracts/{contract_id(padaria)}/credit").json()
        assert (told["currency"], told["balance_minor"]) == ("BRL", 150_00)
        [movement] = told["movements"]
        assert (movement["kind"], movement["amount_minor"], movement["credit_note"]) == (
            "granted",
            150_00,
            note["id"],
        )
        read = it.get(f"/invoices/{invoice}").json()
        assert (read["state"], read["total_minor"], read["owed_minor"]) == ("paid", 1_349_00, 0)
        assert [line["credited_minor"] for line in read["lines"]] == [150_00, 0, 0]
    [event] = sol.get("/events", name="credit_note.issued").json()["items"]
    assert event["subject"] == {"type": "credit_note", "id": note["id"]}
    assert (event["why"], event["data"]["invoice"]) == (BODY["why"], invoice)


@pytest.mark.rule("INV-4", part="credit notes")
def test_a_customers_own_program_cannot_take_back(sol: Program, invoice: str) -> None:
    refused = sol.post(f"/invoices/{invoice}/credit-notes", BODY, once="a")
    assert (refused.status_code, CreditNote.objects.count()) == (403, 0)


@pytest.mark.rule("INV-4", part="credit notes")
@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"lines": [{"line": 1, "amount_minor": 600_01}]}, 409, "invoicing.above_the_line"),
        ({"lines": [{"line": 9, "amount_minor": 1}]}, 422, "invoicing.no_such_line"),
        ({"lines": [{"line": 1, "amount_minor": 1}] * 2}, 422, "invoicing.nothing_to_credit"),
        ({"lines": [{"line": 1, "amount_minor": 0}]}, 422, "invalid"),
        ({"lines": [{"line": 1, "amount_minor": -5}]}, 422, "invalid"),
        ({"lines": [{"line": 1, "amount_minor": 1.5}]}, 422, "invalid"),
        ({"lines": []}, 422, "invalid"),
        ({"why": ""}, 422, "invalid"),
        ({"why": "a\nb"}, 422, "invalid"),
        ({"more": 1}, 422, "invalid"),
    ],
)
def test_what_makes_no_sense_is_refused(
    seller: Program, invoice: str, change: dict[str, object], status: int, code: str
) -> None:
    refused = seller.post(f"/invoices/{invoice}/credit-notes", {**BODY, **change}, once="a")
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert not CreditNote.objects.exists()


@pytest.mark.rule("ACC-2")
def test_another_customers_notes_do_not_exist(
    padaria: Tenant, luna: Tenant, seller: Program, invoice: str
) -> None:
    note = seller.post(f"/invoices/{invoice}/credit-notes", BODY, once="a").json()
    diego = program(luna.customer_id)
    assert diego.get("/credit-notes").json()["items"] == []
    assert diego.get(f"/credit-notes/{note['id']}").status_code == 404
    assert diego.get(f"/contracts/{contract_id(padaria)}/credit").status_code == 404


@pytest.mark.rule("INV-4", part="re-issued")
@pytest.mark.rule("API-2")
def test_the_seller_makes_an_unpaid_invoice_out_anew_once_for_each_key(
    padaria: Tenant, sol: Program, seller: Program, invoice: str
) -> None:
    body = {"why": "The name was wrong."}
    paid = seller.post(f"/invoices/{invoice}/reissue", body, once="a")
    assert (paid.status_code, paid.json()["code"]) == (409, "invoicing.not_payable")
    renew(contract_id=padaria.contract_id, now=clock.now() + timedelta(days=40))
    before = public("inv", Invoice.objects.get(number=2).id)
    assert sol.post(f"/invoices/{before}/reissue", body, once="a").status_code == 403
    made = seller.post(f"/invoices/{before}/reissue", body, once="b")
    assert (made.status_code, made.json()["number"], made.json()["replaces"]) == (201, "A-000003", before)
    assert seller.post(f"/invoices/{before}/reissue", body, once="b").content == made.content
    old = sol.get(f"/invoices/{before}").json()
    assert (old["state"], old["replaced_by"], old["owed_minor"]) == ("cancelled", made.json()["id"], 0)
