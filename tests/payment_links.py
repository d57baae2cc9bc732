"""Whoever has a payment link, with a browser of their own."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpResponse
from django.test import Client

from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.types import InvoiceHead
from abono.domain.payment_links.types import PaymentLinkDetail
from abono.flows.payment_links.make import address_of, make_payment_link
from abono.platform import clock
from tests.entrypoints.portal.reading import hidden, path_of
from tests.fakes import FakeGateway
from tests.remembered import lately, remembered
from tests.work import renew_due
from tests.world import DAY, Tenant, make_padaria


def make_unpaid(*, age: timedelta = 33 * DAY) -> Tenant:
    """Padaria Sol, whose second invoice, R$700.00, was declined when it was due; how long ago it signed."""
    return _unpaid(lately(), age)


@remembered
def _unpaid(now: datetime, age: timedelta) -> Tenant:
    padaria = make_padaria(card="renewals-fail", now=now - age)
    renew_due(now=now, customer_id=padaria.customer_id)
    return padaria


def unpaid(tenant: Tenant) -> InvoiceHead:
    [invoice] = invoices.pending(customer_id=tenant.customer_id)
    return invoice


def make(tenant: Tenant, *, email: str = "", link_id: UUID | None = None) -> PaymentLinkDetail:
    return make_payment_link(
        invoice_id=unpaid(tenant).id,
        customer_id=tenant.customer_id,
        email=email,
        link_id=link_id,
        actor="ana",
        now=clock.now(),
    )


class Payer:
    """Opens a link and pays with it; `page` is its clean address."""

    def __init__(self, link: PaymentLinkDetail) -> None:
        self.client = Client()
        self.link = link
        came = self.client.get(path_of(address_of(link.id, "en")))
        self.page = path_of(came["Location"])

    def look(self) -> HttpResponse:
        return self.client.get(self.page)

    def type(self, gateway: FakeGateway, card: str) -> dict[str, str]:
        """Open the page and type a card. Returns what its form would send."""
        gateway.typed = card
        page = self.look()
        return {"frame_ref": card, "opened": hidden(page, "opened"), "sum": hidden(page, "sum")}

    def send(self, sent: dict[str, str]) -> HttpResponse:
        return self.client.post(self.page, sent)

    def pay(self, gateway: FakeGateway, card: str = "ok") -> HttpResponse:
        return self.send(self.type(gateway, card))
