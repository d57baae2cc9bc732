"""Every door says what sends beyond the package cost where that is not what they cost inside it (LIM-1)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client

from abono.domain.settings.actions import set_value
from abono.domain.settings.known import OVERAGE_PRICE_PERCENT
from tests.entrypoints.api.conftest import contract_id, program
from tests.entrypoints.portal.reading import signed_in, words
from tests.world import HOUR, Tenant, make_padaria, use


@pytest.fixture
def dearer(signed_at: datetime) -> Tenant:
    """Padaria Sol, where use beyond the package costs half as much again: 201 x 0.55 = 110.55 of 100.00."""
    set_value(
        setting=OVERAGE_PRICE_PERCENT,
        value=150,
        actor="person:olga",
        why="new prices",
        now=signed_at - timedelta(days=2),
    )
    padaria = make_padaria(now=signed_at)
    use(padaria.contract_id, 201, at=signed_at + HOUR)
    return padaria


@pytest.mark.rule("LIM-1", part="overage price: other")
@pytest.mark.rule("FIN-5", part="cost and projection")
def test_home_usage_and_estimate_say_the_price(dearer: Tenant) -> None:
    ana = signed_in("ana@padaria.example")
    home = words(ana.get("/en/home/"))
    assert "Beyond the package R$10.55" in home
    assert "at 150% of the session prices: R$15.83" in home  # 15.825
    assert "What is beyond the package will be on the next invoice, at 150% of the session prices." in home
    usage = words(ana.get("/en/usage/"))
    assert "Use beyond channel package R$100 R$15.83" in usage
    assert "Beyond the package R$10.55 were used at session prices; 150% of that is charged." in usage
    asked = {"lines": "1", "what1": "whatsapp.company", "country1": "BR", "count1": "10"}
    estimate = words(ana.get("/en/campaigns/estimate/", asked))
    assert "Beyond the package R$5.50 on the next invoice at 150% of it: R$8.25" in estimate


@pytest.mark.rule("LIM-1", part="overage price: other")
@pytest.mark.rule("API-1")
def test_the_api_says_the_price(dearer: Tenant) -> None:
    api, mine = program(dearer.customer_id), contract_id(dearer)
    assert api.get(f"/contracts/{mine}").json()["overage_price_percent"] == 150
    [cycle] = api.get(f"/contracts/{mine}/cycles").json()["items"]
    assert (cycle["overage_micro"], cycle["overage_price_micro"]) == (10_550_000, 15_825_000)
    [line] = [
        one for one in api.get(f"/contracts/{mine}/next-invoice").json()["lines"] if one["kind"] == "overage"
    ]
    assert line["amount_minor"] == 15_83
    sends = api.get(f"/contracts/{mine}/sends", limit=100).json()
    beyond = sum(send["overage_micro"] for send in sends["items"])
    while sends["next_cursor"]:
        sends = api.get(f"/contracts/{mine}/sends", limit=100, cursor=sends["next_cursor"]).json()
        beyond += sum(send["overage_micro"] for send in sends["items"])
    # what each send takes beyond the package adds up to what the price is asked of
    assert beyond * sends["overage_price_percent"] // 100 == 15_825_000


@pytest.mark.rule("LIM-1", part="overage price: other")
def test_the_price_page_compares_what_sends_beyond_the_package_cost(signed_at: datetime) -> None:
    client = Client()
    same = words(client.get("/en/plans/?currency=BRL"))
    assert "Price of a send beyond the package" not in same
    assert "at the same session prices, on the next invoice" in same
    set_value(setting=OVERAGE_PRICE_PERCENT, value=80, actor="person:olga", why="cheaper", now=signed_at)
    other = words(client.get("/en/plans/?currency=BRL"))
    assert "Price of a send beyond the package on the next invoice 80% of its session price" in other
    assert "same session prices" not in other
    assert "goes on at the same prices" not in other
