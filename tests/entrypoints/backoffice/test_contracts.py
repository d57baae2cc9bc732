"""Back office › Contracts: found by number, name or tax id; one page from which everything that is done begins."""

from __future__ import annotations

import pytest
from django.test import Client

from abono.domain.customers import queries as customers
from abono.domain.identity.roles import Role
from abono.domain.invoicing.states import FiscalType
from abono.flows.coupons.redeem import redeem_coupon
from abono.flows.one_off.draft import Written, write_draft
from abono.kernel.ids import uuid7
from abono.platform import clock
from tests.entrypoints.portal.reading import signed_in, words
from tests.stories import asked, made_coupon, supported
from tests.world import Tenant, make_colleague

CONTRACTS = "/en/back-office/contracts/"


@pytest.mark.parametrize(
    "wanted", ["{number}", "{begins}", "padaria SOL", "{tax_id}", "{printed}"], ids=lambda wanted: wanted
)
def test_a_contract_is_found_by_number_name_and_tax_id(olga: Client, padaria, luna, wanted: str) -> None:
    number = padaria.contract.number
    tax_id = customers.get(padaria.customer_id).tax_id
    printed = f"{tax_id[:2]}.{tax_id[2:5]}.{tax_id[5:8]}/{tax_id[8:12]}-{tax_id[12:]}"
    asked = wanted.format(number=number, begins=number[:11], tax_id=tax_id, printed=printed)
    found = olga.get(CONTRACTS, {"what": asked})
    assert found["Location"] == f"{CONTRACTS}{padaria.contract.public_id}/"


def test_lists_lead_to_contracts_and_what_nobody_has_is_said(olga: Client, padaria, luna) -> None:
    page = f'href="{CONTRACTS}{padaria.contract.public_id}/"'
    listed = olga.get(CONTRACTS)
    assert page in listed.text
    assert "Ferretería Luna" in words(listed)
    assert page in olga.get("/en/back-office/invoices/").text
    assert "No contract has this number, name or tax id." in words(olga.get(CONTRACTS, {"what": "nobody"}))
    assert olga.get(f"{CONTRACTS}ctr_{'0' * 26}/").status_code == 404


def test_the_page_of_a_contract_says_what_holds_what_waits_and_who_did_what(olga, padaria) -> None:
    now, contract = clock.now(), padaria.contract
    redeem_coupon(contract_id=contract.id, code=made_coupon().code, actor="system", now=now)
    supported(padaria)
    asked(padaria)
    lines = [Written("Training", 1, 1_000_000, FiscalType.SVA)]
    draft = write_draft(contract_id=contract.id, named=uuid7(), lines=lines, now=now)
    page = olga.get(f"{CONTRACTS}{contract.public_id}/")
    said = words(page)
    assert "Next invoice, as things stand R$720.00" in said  # 600 + 100 + 90, less a tenth of 700
    assert "Specialist billed by the month" in said
    assert "Cycle 1" in said
    assert "A second person has to agree" in said
    assert "Draft of a one-off invoice R$1.00" in said
    assert "SOL10 : 10% from cycle 2 on, which begins on" in said
    assert "First charge paid · Ana Souza" in said
    office = "/en/back-office/"
    for way in (
        f"{office}drafts/{draft.public_id}/",
        f"{office}drafts/new/{contract.public_id}/",
        f"{office}arrangements/?contract={contract.number}",
        f"{office}as-of/?contract={contract.number}",
        f"{office}act-as/?contract={contract.number}",
        f"{office}contracts/{contract.public_id}/pdf/",
        f"{office}uncovered/{contract.public_id}/",
    ):
        assert f'href="{way}"' in page.text, way
    assert 'name="code"' in page.text


def test_who_may_only_read_gets_no_acts(padaria: Tenant) -> None:
    make_colleague("Otto Brandão", Role.READER)
    page = signed_in("otto@abono.example").get(f"{CONTRACTS}{padaria.contract.public_id}/")
    assert "How it stood at a moment" in words(page)
    for way in ("/drafts/new/", "/arrangements/?contract", "/act-as/?contract", 'name="code"'):
        assert way not in page.text, way
