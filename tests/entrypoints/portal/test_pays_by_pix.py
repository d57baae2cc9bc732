"""Pix wherever a customer pays: an order, a change of plan, and a payment link (PAY-3, CHG-4, ACC-3)."""

from __future__ import annotations

import pytest
from django.test import Client

from abono.domain.contracts.models import Contract
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import State
from abono.domain.payments.pushed import requests
from abono.domain.payments.tables.requested import PaymentRequest
from abono.flows.requests.ask import look
from abono.kernel.ids import public
from abono.platform import clock, formats
from tests.entrypoints.portal.reading import hidden, signed_in, words
from tests.entrypoints.public.conftest import DETAILS
from tests.payment_links import Payer, make, make_unpaid, unpaid
from tests.remembered import lately
from tests.world import DAY, make_padaria, quote

LOOKS = {"HTTP_HX_REQUEST": "true"}


def pay(bank, request):
    bank.pay(request.id.hex, on=clock.now().date())
    look(request_id=request.id, real=clock.now())


def newest():
    return requests.get(PaymentRequest.objects.latest("id").id)


def local(moment):
    """On the clock of São Paulo, whoever looks."""
    return " ".join(formats.moment(moment, "America/Sao_Paulo", "en").split())


@pytest.fixture
def who(db, bank):
    """Somebody who has typed an order, and its address."""
    client = Client()
    order = client.post("/en/order/", {"plan": "specialist", "package": "brl-100", "currency": "BRL"})
    assert client.post(order["Location"], DETAILS).status_code == 302
    return client, order["Location"]


def by_pix(client, order, follow=True):
    page = client.get(f"{order}pay/")
    assert "Make the contract and pay R$1,349.00 by Pix" in words(page)
    sent = {"means": "pix", "offer": hidden(page, "offer")}
    return client.post(f"{order}pay/", sent, follow=follow)


@pytest.mark.rule("PAY-3", part="first by card or Pix")
def test_the_price_page_says_by_which_means_one_pays(who):
    real, dollars = (words(who[0].get("/en/plans/", {"currency": code})) for code in ("BRL", "USD"))
    assert "pay by card or Pix and begin at once" in real
    assert "by credit card or, in Brazil, by Pix" in real
    assert "After a month of use you can pay by boleto as well." in real
    assert "The first payment is by credit card, and the contract" in dollars
    assert "oleto" not in dollars


@pytest.mark.rule("PAY-3", part="first by card or Pix")
def test_an_order_shows_its_pix_and_its_page_goes_on_to_the_contract(who, bank):
    client, order = who
    shown = by_pix(client, order)
    asked = newest()
    assert "The contract is active in the moment in which the payment is here." in words(shown)
    assert f'data-copy="{asked.pay_with}"' in shown.content.decode()
    assert f"Payable until {local(asked.until)}" in words(shown)
    assert client.get(order, follow=True).redirect_chain[-1][0] == f"{order}done/"  # nothing can be changed
    assert client.get(f"{order}done/?was=payable", **LOOKS).status_code == 204
    pay(bank, asked)
    assert client.get(f"{order}done/?was=payable", **LOOKS).headers["HX-Refresh"] == "true"
    assert "Your contract is active" in words(client.get(f"{order}done/"))
    assert "Go to the portal" in words(client.get(f"{order}done/"))  # whoever paid sees it


@pytest.mark.rule("CON-4", part="nothing typed is lost")
@pytest.mark.rule("CON-4", part="nothing active")
def test_an_order_whose_pix_is_not_paid_goes_on_with_all_that_was_typed(who, bank, settings):
    client, order = who
    by_pix(client, order)
    PaymentRequest.objects.update(until=clock.now() - DAY)
    page = words(client.get(f"{order}done/"))
    assert "This Pix was not paid in time" in page
    assert "nothing is active, and everything you typed is kept" in page
    page = words(client.post(f"{order}otherwise/", follow=True))
    assert "The Pix was not paid" in page
    assert "Padaria Sol Ltda." in page
    assert Contract.objects.get().state == "pending"

    bank.says = "refused"
    assert "The bank did not take this Pix" in words(by_pix(client, order))
    settings.PUSH_GATEWAYS = {}
    assert "by Pix" not in words(client.get(f"{order}pay/"))


@pytest.mark.rule("CHG-4", part="how it is paid")
def test_a_change_shows_its_pix_and_holds_once_it_is_paid(signed_at, bank):
    padaria = make_padaria(now=lately() - 10 * DAY)
    change = quote(padaria, package="brl-250", now=clock.now())
    ana, page = signed_in("ana@padaria.example"), f"/en/settings/changes/{public('chg', change)}/"
    assert "by Pix" in words(ana.get(page))
    shown = ana.post(page, {"means": "pix"}, follow=True)
    asked = newest()
    assert f'data-copy="{asked.pay_with}"' in shown.content.decode()
    assert ana.get(f"{page}?was=payable", **LOOKS).status_code == 204
    pay(bank, asked)
    assert ana.get(f"{page}?was=payable", **LOOKS).headers["HX-Refresh"] == "true"
    assert "This change is in force." in words(ana.get(page))

    other = f"/en/settings/changes/{public('chg', quote(padaria, package='brl-500', now=clock.now()))}/"
    ana.post(other, {"means": "pix"})
    assert "This change was withdrawn." in words(ana.post(f"{other}withdraw/", follow=True))
    assert padaria.contract.package_code == "brl-250"


@pytest.mark.rule("ACC-3", part="payment link")
def test_who_has_a_payment_link_pays_by_pix_or_sees_the_line_of_a_slip(db, bank):
    declined = make_unpaid()
    invoice, payer = unpaid(declined), Payer(make(declined))
    text = words(payer.look())
    assert "Pay R$700.00 by Pix" in text
    slip = words(payer.client.post(f"{payer.page}slip/", follow=True))
    assert "Slip of invoice" in slip
    assert newest().pay_with in slip

    shown = payer.client.post(f"{payer.page}pix/", follow=True)
    asked = newest()
    assert f'data-copy="{asked.pay_with}"' in shown.content.decode()
    assert f"Payable until {local(asked.until)}" in words(shown)
    assert declined.contract.number not in words(shown)
    assert Client().get(f"{payer.page}pix/").status_code == 404  # of another browser
    assert payer.client.get(f"{payer.page}pix/?was=payable", **LOOKS).status_code == 204
    pay(bank, asked)
    assert payer.client.get(f"{payer.page}pix/?was=payable", **LOOKS).headers["HX-Refresh"] == "true"
    assert "This invoice is paid" in words(payer.client.get(f"{payer.page}pix/", follow=True))
    assert invoices.get(invoice.id).state is State.PAID
