"""What prices leave over their costs: for the seller's eyes only, whatever door a customer tries (CAT-9)."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.test import Client
from pypdf import PdfReader

from abono.domain.catalog import actions, reader
from abono.domain.catalog.reader import SHIPPED
from abono.domain.identity import actions as identity
from abono.domain.invoicing import queries as invoices
from abono.kernel.ids import public
from abono.platform import clock
from tests.database import empty_catalog
from tests.entrypoints.portal.reading import signed_in, words
from tests.fakes import FakeGateway
from tests.world import Tenant, make_padaria

PAGE = "/en/back-office/margins/"
COST = "0.0471"  # stands nowhere else, so that it is found wherever it leaks


@pytest.fixture
def padaria(db: None, gateway: FakeGateway) -> Tenant:
    empty_catalog()
    now = clock.now() - timedelta(days=9)
    shipped = SHIPPED.read_text()
    text = shipped.replace("cost: {each: 0.035, currency: BRL}", f"cost: {{each: {COST}, currency: BRL}}")
    assert COST in text
    for catalog in (shipped, text):  # the second time the event of it names the cost
        actions.apply(catalog=reader.parse(catalog.encode(), name="mine"), actor="olga", now=now)
    return make_padaria(now=now)


@pytest.mark.rule("CAT-9", part="what it costs the seller")
def test_the_seller_sees_what_each_price_leaves(olga: Client, padaria: Tenant) -> None:
    page = words(olga.get(PAGE))
    assert f"A unit costs you R${COST}." in page
    # (0.06 - 0.0471) / 0.06 = 21.5 %; (0.052 - 0.0471) / 0.052 = 9.4 %
    assert "R$100 R$0.060 22%" in page
    assert "R$2,000 R$0.052 9%" in page
    # A template costs 0.3217: (0.55 - 0.3217) / 0.55 = 41.5 %
    assert "R$100 R$0.55 42%" in page
    assert "say nothing of their cost" in page
    dollars = words(olga.get(PAGE, {"currency": "USD"}))
    assert "No price on sale says what it costs you." in dollars
    assert olga.get(PAGE, {"currency": "EUR"}).status_code == 404


DOORS = (
    "/en/plans/?currency=BRL",
    "/en/home/",
    "/en/usage/",
    "/en/usage/csv/",
    "/en/usage/sends/csv/",
    "/en/campaigns/",
    "/en/settings/contracts/",
    "/en/settings/contracts/{contract}/change/",
    "/en/settings/financial/",
    "/en/settings/financial/csv/",
    "/en/settings/financial/{invoice}/",
    "/en/settings/financial/{invoice}/pdf/",
    "/en/notices/",
)
API = (
    "/v1/catalog?currency=BRL&country=BR",
    "/v1/contracts/{contract}",
    "/v1/contracts/{contract}/cycles",
    "/v1/contracts/{contract}/sends",
    "/v1/invoices",
    "/v1/events",
)


@pytest.mark.rule("CAT-9", part="what it costs the seller")
@pytest.mark.rule("ACC-1", part="what is not in it is refused")
def test_no_customer_is_told_it_at_any_door(padaria: Tenant) -> None:
    ana = signed_in("ana@padaria.example")
    assert ana.get(PAGE).status_code == 404
    _id, key = identity.issue_key(
        name="p",
        customer_id=padaria.customer_id,
        scopes=("read", "meter"),
        expires_at=None,
        actor="ana",
        now=clock.now(),
    )
    bearer = {"Authorization": f"Bearer {key}"}
    names = {
        "contract": public("ctr", padaria.contract_id),
        "invoice": invoices.list_for_customer(padaria.customer_id)[0].public_id,
    }
    for door in (*DOORS, *API):
        answer = ana.get(door.format(**names), headers=bearer if door in API else {})
        assert answer.status_code == 200, door
        said = b"".join(answer.streaming_content) if answer.streaming else answer.content
        text = _of_pdf(said) if answer["Content-Type"] == "application/pdf" else said.decode()
        for leak in (COST, COST.replace(".", ","), "47100", "321700", "cost_micro"):
            assert leak not in text, (door, leak)


def _of_pdf(data: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
