"""The seller takes in a bank statement, on their page and over the API, and says what each movement is (PAY-6, PAY-12)."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from abono.domain.identity.roles import Role
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import Status
from abono.domain.payments.models import Receipt
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import SECOND_PERSON_RECEIPT
from abono.domain.statements.models import Movement, Statement
from abono.flows.billing.renew import renew
from abono.flows.check_books import check_books
from abono.platform import clock
from tests.entrypoints.api.conftest import program
from tests.entrypoints.portal.reading import signed_in, words
from tests.ofx import entry, statement
from tests.scenarios.taking_back import newest
from tests.world import Tenant, make_colleague, today

PAGE = "/en/back-office/statements/"


@pytest.fixture
def invoice(padaria: Tenant):
    """Of the second month, 700.00, of which no card was asked."""
    renew(contract_id=padaria.contract_id, now=clock.now() + timedelta(days=40))
    return newest(padaria)


def upload(client: Client, content: bytes) -> HttpResponse:
    return client.post(f"{PAGE}take/", {"file": SimpleUploadedFile("extrato.ofx", content)}, follow=True)


def say(client: Client, movement: Movement, act: str, **said: str) -> str:
    typed = {"act": act, **{f"{movement.public_id}-{name}": value for name, value in said.items()}}
    return words(client.post(f"{PAGE}movements/{movement.public_id}/", typed, follow=True))


def stands(invoice) -> tuple[Status, int]:
    found = invoices.get(invoice.id)
    return found.status, found.owed_minor


@pytest.mark.rule("PAY-6", part="shown to both")
@pytest.mark.rule("PAY-12", part="shown, never applied")
def test_a_statement_is_taken_and_each_movement_pays_what_somebody_says(
    olga: Client, ana: Client, padaria: Tenant, invoice
) -> None:
    lines = [
        entry(today(), "300.00", "1", f"PIX RECEBIDO {invoice.title}"),
        entry(today(), "1.234,50", "2", "COBRANCA LIQUIDADA"),
        entry(today(), "-9.90", "3", "TARIFA"),
    ]
    content = statement(lines)
    assert "No statement was taken in yet." in words(olga.get(PAGE))
    bad = upload(olga, content[:-200])
    assert bad.status_code == 422
    assert "Nothing of this statement was taken. Something of it is missing. Line" in words(bad)
    assert Statement.objects.count() == 0
    seen = words(upload(olga, content))
    for said in ("Say of 2 movements what they are.", "PIX RECEBIDO", f"May pay {invoice.title} Padaria Sol",
                 "Left to pay: R$700.00 · the bank’s text names it", "R$1,234.50"):  # fmt: skip
        assert said in seen
    assert "TARIFA" not in seen  # shown among all
    assert "changes nothing" in words(upload(olga, content))
    pix, slips, _fee = Movement.objects.order_by("place")

    assert "There is no issued invoice" in say(olga, pix, "pay", invoice="A-999999")
    assert "Write the number" in say(olga, pix, "pay")
    assert "Say why it pays no invoice." in say(olga, slips, "leave")
    assert (Receipt.objects.count(), stands(invoice)) == (0, (Status.PENDING, 700_00))
    assert "The payment is recorded" in say(olga, pix, "pay", invoice=invoice.title.lower())
    assert "It is left out" in say(olga, slips, "leave", why="Slips of yesterday")
    assert "said already" in say(olga, slips, "pay", invoice=invoice.title)
    everything = words(olga.get(f"{PAGE}{pix.statement.public_id}/?only="))
    for said in (f"Pays {invoice.title}", "Slips of yesterday", "TARIFA", "−R$9.90"):
        assert said in everything
    assert stands(invoice) == (Status.PART_PAID, 400_00)
    theirs = words(ana.get(f"/en/settings/financial/{invoice.public_id}/"))
    assert "By transfer 1" in theirs
    assert "PIX RECEBIDO" not in theirs  # what a bank says may tell of somebody else
    file = olga.get(f"{PAGE}{pix.statement.public_id}/csv/").content.decode("utf-8-sig")
    assert f"PIX RECEBIDO {invoice.title}" in file
    assert "1234.50" in file
    assert olga.get(f"{PAGE}{pix.statement.public_id}/download/").content == content
    assert "waits again" in say(olga, slips, "again")
    assert check_books() == []


@pytest.mark.rule("ACC-5", part="second person: other")
@pytest.mark.rule("API-2", part="first answer")
def test_programs_do_the_same_once_and_a_large_one_waits_for_a_second_person(
    olga: Client, padaria: Tenant, invoice
) -> None:
    set_value(setting=SECOND_PERSON_RECEIPT, value="BRL 500", actor="olga", why="x", now=clock.now())
    make_colleague("Otto Brandão", Role.BILLING)
    seller, sol = program(None), program(padaria.customer_id)
    lines = [
        entry(today(), "700,00", "1", "TED"),
        entry(today(), "200.00", "2", "TED"),
        entry(today(), "5", "3", "X"),
    ]
    body = {"name": "extrato.ofx", "content": b64encode(statement(lines)).decode()}
    assert sol.post("/bank-statements", body, once="a").status_code == 403
    taken = seller.post("/bank-statements", body, once="a").json()
    assert (taken["movements"], taken["open"]) == (3, 3)
    assert seller.post("/bank-statements", body, once="b").json() == taken
    refused = seller.post("/bank-statements", {"name": "x", "content": "eHg="}, once="c")
    assert (refused.status_code, refused.json()["code"], refused.json()["reason"]) == (
        422,
        "statements.bad",
        "layout",
    )
    path = f"/bank-statements/{taken['id']}/movements"
    assert sol.get(path).status_code == 404
    first = seller.get(path, limit=2).json()
    [last] = seller.get(path, after=first["next_after"]).json()["items"]
    large, small = first["items"]
    assert (large["proposal"]["invoice"], large["proposal"]["because"]) == (invoice.public_id, "amount")

    pays, out = {"invoice": invoice.public_id}, f"/bank-movements/{last['id']}/left-out"
    paid = [seller.post(f"/bank-movements/{small['id']}/payment", pays, once="d") for _twice in range(2)]
    assert [one.status_code for one in paid] == [201, 201]
    assert (paid[0].content, paid[0].json()["invoice"]) == (paid[1].content, invoice.public_id)
    asked = [seller.post(f"/bank-movements/{large['id']}/payment", pays, once="e") for _twice in range(2)]
    assert [(one.status_code, one.json()["act"]) for one in asked] == [(202, "receipt")] * 2
    assert seller.post(out, {"why": "not ours"}, once="f").json()["did"] == "left_out"
    again = seller.post(f"/bank-movements/{last['id']}/payment", pays, once="g")
    assert (again.status_code, again.json()["code"]) == (409, "statements.movement_decided")
    assert seller.post(f"/bank-movements/{last['id']}/reopening", once="h").json()["did"] is None
    left = seller.get(path, only="open").json()["items"]
    assert [one["id"] for one in left] == [large["id"], last["id"]]
    assert left[0]["proposal"]["approval"] == asked[0].json()["id"]
    assert stands(invoice) == (Status.PART_PAID, 500_00)

    approval = f"/en/back-office/approvals/{asked[0].json()['id']}/"
    otto = signed_in("otto@abono.example")
    assert "The bank says TED" in words(otto.get(approval))
    assert "it is done" in words(otto.post(approval, {"approve": "1"}, follow=True))
    assert stands(invoice) == (Status.PAID, 0)
    assert check_books() == []
