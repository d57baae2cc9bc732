"""The documents of a contract and of a cycle, where they are taken along from."""

from __future__ import annotations

import pytest

from abono.domain.metering import queries as metering
from abono.kernel.ids import public
from abono.kernel.periods import boundary_day
from abono.platform import clock, formats
from tests.entrypoints.portal.acts import end
from tests.entrypoints.portal.reading import signed_in, words
from tests.pdfs import words as said
from tests.world import HOUR, join_ana, sign, use

PLANS = "/en/settings/contracts/"


def contract_url(contract_id):
    return f"{PLANS}{public('ctr', contract_id)}/pdf/"


@pytest.mark.rule("CON-2", part="terms kept")
@pytest.mark.rule("SEE-1", part="terms accepted")
def test_the_page_of_the_contract_leads_to_its_document(ana, padaria):
    url = contract_url(padaria.contract_id)
    assert url in ana.get(PLANS).content.decode()
    paper = ana.get(url)
    assert (paper["Content-Type"], paper["Cache-Control"]) == ("application/pdf", "private, no-store")
    assert f"contract-{padaria.contract.number}.pdf" in paper["Content-Disposition"]
    assert f"Contract {padaria.contract.number}" in said(paper.content)
    assert "Contrato " in said(ana.get(url.replace("/en/", "/pt-br/")).content)


@pytest.mark.rule("SEE-3")
def test_so_does_that_of_an_ended_one(ana, padaria):
    end(padaria)
    url = contract_url(padaria.contract_id)
    assert url in ana.get(PLANS).content.decode()
    assert "Status Ended" in said(ana.get(url).content)


@pytest.mark.rule("SEE-2", part="refused")
@pytest.mark.rule("CON-7", part="data and access never mix")
def test_nobody_else_gets_it(bruno, carla, diego, padaria):
    url = contract_url(padaria.contract_id)
    assert [one.get(url).status_code for one in (bruno, carla, diego)] == [403, 403, 404]


def test_what_never_was_paid_is_told_so(signed_at):
    signed = sign(card="lost", now=signed_at)
    join_ana(signed)
    ana = signed_in("ana@padaria.example")
    assert contract_url(signed.contract_id) not in ana.get(PLANS).content.decode()
    assert ana.get(contract_url(signed.contract_id)).status_code == 409


@pytest.mark.rule("PKG-3", part="statement")
@pytest.mark.rule("FIN-5", part="current and earlier")
def test_the_usage_page_leads_to_the_statement_with_the_same_sums(ana, padaria, signed_at):
    use(padaria.contract_id, 100, at=signed_at + HOUR)
    use(padaria.contract_id, 50, channel="sms", kind="message", at=signed_at + HOUR)
    page = ana.get("/en/usage/")
    balance = metering.balance(contract_id=padaria.contract_id, at=clock.now())
    first = boundary_day(balance.cycle.start, "America/Sao_Paulo")
    url = f"/en/usage/pdf/?cycle={first.isoformat()}"
    assert url in page.content.decode()
    assert "Channel package used 150 R$60.00" in words(page)
    paper = ana.get(url)
    assert f"statement-{padaria.contract.number}-{first.isoformat()}.pdf" in paper["Content-Disposition"]
    assert "Channel package used 150 150 R$60.00" in said(paper.content)
    assert formats.day(first, "en") in said(paper.content)
    assert ana.get("/en/usage/pdf/?cycle=2001-01-01").status_code == 404


@pytest.mark.rule("CON-2", part="terms kept")
def test_the_seller_gets_the_contract_beside_an_invoice(ana, olga, padaria):
    url = f"/en/back-office/contracts/{public('ctr', padaria.contract_id)}/pdf/"
    assert padaria.contract.number in said(olga.get(url).content)
    assert ana.get(url).status_code == 404
    assert olga.get("/en/back-office/contracts/ctr_x/pdf/").status_code == 404
