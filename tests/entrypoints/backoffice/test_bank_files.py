"""The seller writes and takes bank files on their page and over the API, and the customer gets the slip (PAY-4)."""

from __future__ import annotations

from base64 import b64encode
from datetime import date

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from abono.domain.identity.keys import READ
from abono.domain.identity.roles import Role
from abono.domain.payments.files import bank_files
from abono.domain.payments.pushed import requests
from abono.domain.payments.tables.filed import BankFile
from abono.domain.settings.actions import set_value
from abono.domain.settings.bank_files import REMITTANCES_AT
from abono.flows.requests.ask import ask_for
from abono.gateways.simulator.slip_bank import answers
from abono.kernel.due import Means
from abono.kernel.ids import public
from abono.platform import clock
from tests.entrypoints.api.conftest import program
from tests.entrypoints.portal.reading import signed_in, words
from tests.fakes import FakeGateway
from tests.pushes import FakePush, slips_by_files
from tests.scenarios.taking_back import unpaid_renewal
from tests.scenarios.test_requests import LATER
from tests.work import ask_gateways
from tests.world import Tenant, load_catalog, make_colleague, make_padaria, moment

PAGE = "/en/back-office/bank-files/"


@pytest.fixture
def padaria(db: None, gateway: FakeGateway, bank: FakePush, settings: LazySettings) -> Tenant:
    load_catalog()
    slips_by_files(settings)
    return make_padaria()


CUT = {  # what is wrong with a line, in the words of who reads it
    "en": "Line 3: 302 positions, not 400.",
    "es": "Línea 3: 302 posiciones, y no 400.",
    "pt-br": "Linha 3: 302 posições, e não 400.",
}


def upload(client: Client, content: bytes, language: str = "en") -> HttpResponse:
    page = PAGE.replace("/en/", f"/{language}/")
    return client.post(f"{page}take/", {"file": SimpleUploadedFile("RETORNO.RET", content)}, follow=True)


@pytest.mark.rule("PAY-4", part="bank files")
def test_a_file_is_written_downloaded_answered_and_taken(olga: Client, ana: Client, padaria: Tenant) -> None:
    assert "There are none yet." in words(olga.get(PAGE))
    owing = unpaid_renewal(padaria)
    slip = ask_for(
        invoice_id=owing.id,
        customer_id=padaria.customer_id,
        means=Means.SLIP,
        actor="ana",
        moment=moment(LATER),
    )
    paper = f"/en/settings/financial/{public('inv', owing.id)}/requests/{slip.public_id}/"
    assert ana.get(f"{paper}pdf/").status_code == 409
    assert "Register 1 Write the next file" in words(olga.get(PAGE))
    assert "Next file by itself (UTC) None: no time is set" in words(olga.get(PAGE))
    set_value(setting=REMITTANCES_AT, value="banco 17:00", actor="olga", why="x", now=clock.now())
    [account] = program(None).get("/bank-accounts").json()["items"]
    assert (account["gateway"], account["to_register"], account["last"]) == ("banco", 1, None)
    assert account["next_at"].endswith("T20:00:00Z")  # 17:00 in Sao Paulo
    written = words(olga.post(f"{PAGE}write/", {"account": "banco"}, follow=True))
    assert "File 1 is written, with 1 order." in written
    assert "Being registered" in written
    sent = BankFile.objects.get()
    make_colleague("Odete Faria", Role.READER)
    looking = signed_in("odete@abono.example").get(f"{PAGE}{sent.public_id}/download/")
    reads = program(None, READ).get(f"/bank-files/{sent.public_id}/content")
    assert looking.content == reads.content == bank_files.content(sent.id)
    assert "To be downloaded" in words(olga.get(PAGE))  # who only reads carries nothing to a bank
    download = olga.get(f"{PAGE}{sent.public_id}/download/")
    assert download.content == bank_files.content(sent.id)
    assert download["Content-Disposition"] == 'attachment; filename="341000001.REM"'
    registered, settled = answers(download.content, date(2026, 7, 2), 31)

    assert "Downloaded" in words(olga.get(PAGE))
    bad = upload(olga, settled[:-100])
    assert bad.status_code == 422
    assert "Nothing of this file was applied. Something of it is missing. Line 3:" in words(bad)
    for language, said in CUT.items():
        assert said in words(upload(olga, settled[:-100], language))
    assert BankFile.objects.count() == 1
    assert "Its lines are being applied." in words(upload(olga, registered))
    ask_gateways(real=clock.now())
    assert b"%PDF" in ana.get(f"{paper}pdf/").content
    assert "Download the slip (PDF)" in words(ana.get(paper))

    seller = program(None)
    body = {"name": "RETORNO.RET", "content": b64encode(settled).decode()}
    taken = seller.post("/bank-files", body, once="a").json()
    ask_gateways(real=clock.now())
    [line] = seller.get(f"/bank-files/{taken['id']}/lines").json()["items"]
    assert (line["did"], line["amount_minor"], line["fee_minor"]) == ("paid", 700_00, 190)
    assert seller.get(f"/bank-files/{taken['id']}").json()["did"] == [{"did": "paid", "lines": 1}]
    assert [one["number"] for one in seller.get("/bank-files").json()["items"]] == [32, 31, 1]
    again = words(upload(olga, settled))
    assert "This file was taken already, and changes nothing." in again
    assert "fee R$1.90" in again
    shown = f"{PAGE}{taken['id']}/"
    assert "No line fits these filters." in words(olga.get(f"{shown}?did=refused"))
    assert requests.get(slip.id).reference in words(olga.get(f"{shown}?number={owing.title}"))
