"""The public pages against a real payment simulator: one process for all tests, one book that only grows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import pytest
from django.conf import LazySettings
from django.http import HttpResponse
from django.test import Client

from abono.domain.payments import registry
from abono.gateways.simulator.company.cards import Behaviour
from tests.stand_ins import Simulator, start_simulator
from tests.world import load_catalog

FIRST_CHARGE = 1_349_00  # 600.00 plan + 100.00 package + 649.00 activation
DETAILS = {
    "legal_name": "Padaria Sol Ltda.",
    "country": "BR",
    "tax_id": "11.222.333/0001-81",
    "time_zone": "",
    "street": "Avenida Paulista",
    "number": "1578",
    "complement": "",
    "district": "Bela Vista",
    "city": "São Paulo",
    "region": "SP",
    "postal_code": "01310-200",
    "administrator_name": "Ana Souza",
    "administrator_email": "ana@padaria.example",
    "same_person": "",
    "financial_name": "Fabiana Reis",
    "financial_email": "financeiro@padaria.example",
    "accept": "2026-11 en",
}


class Fields(HTMLParser):
    """Names and values of what a page's forms hold: what a person sees in the fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        name = has.get("name") or ""
        if tag == "select":
            self._select = name
        elif tag == "option" and "selected" in has:
            self.values[self._select] = has.get("value") or ""
        elif tag == "input" and has.get("type") not in ("checkbox", "radio"):
            self.values[name] = has.get("value") or ""
        elif tag == "input" and "checked" in has:
            self.values[name] = has.get("value") or "on"


@dataclass
class Browser:
    """A person with a browser of their own, who contracts in English."""

    client: Client
    simulator: Simulator

    def get(self, address: str) -> HttpResponse:
        return self.client.get(address)

    def choose(self, plan: str = "specialist", package: str = "brl-100", currency: str = "BRL") -> str:
        """Start an order. Returns its address."""
        reply = self.client.post("/en/order/", {"plan": plan, "package": package, "currency": currency})
        assert reply.status_code == 302, reply.content
        return str(reply["Location"])

    def fill_in(self, order: str, **other: str) -> HttpResponse:
        return self.client.post(order, {**DETAILS, **other})

    def ready_to_pay(self, **other: str) -> str:
        """An order with everything typed. Returns its address."""
        order = self.choose()
        assert self.fill_in(order, **other).status_code == 302
        return order

    def fields(self, address: str) -> dict[str, str]:
        return Fields(self.client.get(address).content.decode()).values

    def type_card(self, order: str, behaviour: Behaviour = Behaviour.PAID) -> dict[str, str]:
        """Open the payment page and type a card in its frame. Returns what its form would send."""
        page = self.client.get(f"{order}pay/")
        assert page.status_code == 200, page.status_code
        frame = re.search(r'<iframe src="[^"]*/frame/([^"?]+)', page.content.decode())
        assert frame is not None
        self.simulator.type_card_that(behaviour, frame[1])
        fields = Fields(page.content.decode()).values
        return {"frame_ref": frame[1], "opened": fields["opened"], "offer": fields["offer"]}

    def pay(self, order: str, behaviour: Behaviour = Behaviour.PAID) -> HttpResponse:
        return self.client.post(f"{order}pay/", self.type_card(order, behaviour))


@dataclass
class Till:
    """What the gateway took since the test began, in minor units."""

    simulator: Simulator
    begun: int

    @property
    def taken(self) -> list[int]:
        return [
            entry["amount_minor"]
            for entry in self.simulator.book()[self.begun :]
            if entry["kind"] == "capture"
        ]


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with start_simulator(tmp_path_factory.mktemp("simulator")) as running:
        yield running


@pytest.fixture
def gateway(settings: LazySettings, simulator: Simulator) -> Iterator[None]:
    options: dict[str, Any] = {
        "base_url": simulator.url,
        "public_url": simulator.url,
        "secret": simulator.secret,
        "read_timeout_s": 3,
    }
    adapter = "abono.gateways.simulator.adapter.SimulatorGateway"
    settings.GATEWAYS = {"simulator": {"adapter": adapter, "options": options}}
    registry.gateway.cache_clear()
    yield
    registry.gateway.cache_clear()


@pytest.fixture
def shop(db: None, gateway: None) -> None:
    load_catalog()


@pytest.fixture
def browser(shop: None, client: Client, simulator: Simulator) -> Browser:
    return Browser(client, simulator)


@pytest.fixture
def till(simulator: Simulator) -> Till:
    return Till(simulator, len(simulator.book()))
