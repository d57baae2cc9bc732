"""The seller sets what customers withhold, sees what was withheld of payments, and keeps its proof (PAY-6)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from abono.domain.payments.receipts import Came
from abono.domain.payments.states import Way
from abono.domain.withholding import queries as withholding
from abono.flows.billing.renew import renew
from abono.flows.standing.record import record_payment
from abono.kernel.ids import uuid7
from abono.platform import clock
from tests.entrypoints.portal.reading import words
from tests.fakes import FakeGateway
from tests.payment_links import Payer, make
from tests.scenarios.taking_back import newest
from tests.world import Tenant, load_catalog, make_padaria, today

pytestmark = [
    pytest.mark.rule("PAY-6", part="withheld"),
    pytest.mark.rule("PAY-6", part="shown to both"),
]
PDF = b"%PDF-1.7\n%%EOF"
PAGE = "/en/back-office/withheld/"


@pytest.fixture
def padaria(db: None, gateway: FakeGateway) -> Tenant:
    load_catalog()
    return make_padaria()


def form(**other: str) -> dict[str, str]:
    asked = {
        "rate": str(uuid7()),
        "name": "CSRF",
        "percent": "4.65",
        "from_date": str(today() - timedelta(days=60)),
        "country": "BR",
        "buyer": "company",
        "free_up_to": "10.00",
        "why": "Lei 10.833",
    }
    return asked | other


def sent(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("proof.exe", content)  # neither its name nor its type is believed


def test_rates_are_set_once_and_what_was_withheld_is_proven_and_seen_by_both(
    olga: Client, ana: Client, padaria: Tenant
) -> None:
    page = words(olga.get(PAGE))
    assert "Nothing: there is a proof of all that was withheld." in page
    assert "None: whatever is paid less stays open." in page
    csrf = form()
    for _twice in range(2):
        assert olga.post(PAGE, csrf).status_code == 302
    number = padaria.contract.number
    mine = form(name="ISS", percent="2", contract=number, fiscal_type="licensing", free_up_to="")
    assert olga.post(PAGE, mine).status_code == 302
    page = words(olga.get(PAGE))
    assert page.count("CSRF, 4.65% Brazil · Companies · All lines") == 1
    assert "ISS, 2% Padaria Sol Ltda. · Software licence" in page

    newer = form(from_date=str(today() - timedelta(days=50)), why="The same, said better")
    assert olga.post(PAGE, newer).status_code == 302
    page = words(olga.get(PAGE))
    assert page.index("The same, said better") < page.index("another holds now") < page.rindex("Lei 10.833")

    renew(contract_id=padaria.contract_id, now=clock.now() + timedelta(days=40))
    invoice = newest(padaria)  # 600.00 and 100.00: 32.55 and 12.00 are withheld
    told = words(ana.get(f"/en/settings/financial/{invoice.public_id}/pay/"))
    assert "CSRF, 4.65% R$32.55 ISS, 2% R$12.00 Withheld together R$44.55 Left to pay R$655.45" in told
    assert "Withheld together R$44.55 Left to pay R$655.45" in words(Payer(make(padaria)).look())
    came = Came(Way.TRANSFER, 655_45, today())
    receipt = record_payment(invoice_id=invoice.id, came=came, actor="olga", now=clock.now())
    page = words(olga.get(PAGE))
    assert f"Padaria Sol Ltda. · {invoice.title}" in page
    assert "CSRF, 4.65% R$32.55 ISS, 2% R$12.00" in page
    portal = f"/en/settings/financial/{invoice.public_id}/"
    shown = words(ana.get(portal))
    assert "Received −R$655.45" in shown
    assert "Taxes withheld −R$44.55" in shown
    assert "Withheld: ISS, 2%, R$12.00 · its proof is missing" in shown

    address = f"{PAGE}{receipt.public_id}/proof/"
    empty = olga.post(address, {})
    assert empty.status_code == 422
    assert "Write its number." in words(empty)
    given = {f"{receipt.public_id}-reference": "DARF 9", f"{receipt.public_id}-proof_date": str(today())}
    ahead = given | {f"{receipt.public_id}-proof_date": str(today() + timedelta(days=3))}
    assert "The day of the proof has not come yet." in words(olga.post(address, ahead))
    assert olga.post(address, given).status_code == 302
    assert "proof DARF 9 of" in words(olga.get(PAGE))
    assert "its file is missing" in words(ana.get(portal))
    file = f"{receipt.public_id}-file"
    for wrong in (b"<html>", PDF + b"0" * 2**21):
        refused = ana.post(f"{portal}withheld/{receipt.public_id}/", {**given, file: sent(wrong)})
        assert "A proof is a PDF, or a picture as PNG or JPEG" in words(refused)
    mine = f"{portal}withheld/{receipt.public_id}/"
    of_one = {**given, f"{receipt.public_id}-tax": "ISS", f"{receipt.public_id}-reference": "ISS 1"}
    for client, path in ((ana, mine), (ana, mine), (olga, address)):  # again, while another is missing
        assert client.post(path, {**of_one, file: sent(PDF)}).status_code == 302
    assert [part.name for part in withholding.unproven()[0].parts] == ["CSRF"]
    assert ana.post(mine, {**given, file: sent(PDF)}).status_code == 302
    assert withholding.unproven() == []
    for client, path in ((olga, f"{address}1/"), (ana, f"{portal}withheld/{receipt.public_id}/1/")):
        got = client.get(path)
        assert (got.content, got["Content-Type"]) == (PDF, "application/pdf")
        assert got["Content-Disposition"] == 'attachment; filename="DARF9.pdf"'
    assert f"{portal}withheld/{receipt.public_id}/1/" in ana.get(portal).content.decode()
    for client, path in ((olga, f"/en/back-office/invoices/{invoice.public_id}/standing/"), (ana, portal)):
        assert "Withheld: CSRF, 4.65%, R$32.55 · proof DARF 9 of" in words(client.get(path))
    assert "Taxes withheld by customers · CSRF" in words(olga.get("/en/back-office/journal/"))
    assert olga.post(address, given).status_code == 302  # pressed twice
    other = given | {f"{receipt.public_id}-reference": "DARF 10"}
    assert olga.post(address, other).status_code == 404
    told = words(ana.get("/en/settings/financial/year/"))
    assert "Taxes withheld of these payments: R$44.55." in told


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"percent": ""}, "Write a rate; 0 is one, too."),
        ({"percent": "101"}, "Write a rate from 0 to 100"),
        ({"percent": "much"}, "Write a rate from 0 to 100"),
        ({"country": ""}, "Choose a country for that"),
        ({"free_up_to": "ten"}, "Write an amount like 10.00."),
        ({"contract": "2020-000000-0"}, "There is no contract with this number."),
        ({"why": ""}, "Say why"),
    ],
)
def test_what_is_no_rate_is_not_set(olga: Client, padaria: Tenant, wrong: dict[str, str], says: str) -> None:
    answer = olga.post(PAGE, form(**wrong))
    assert (answer.status_code, says in words(answer)) == (422, True), words(answer)
    assert withholding.everybodys() == []
