"""The seller leaves a customer alone until a day, on a page and over the API (PAY-8)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from abono.domain.customers import queries as customers
from abono.kernel.ids import public
from abono.platform.models import Event
from tests.entrypoints.api.conftest import contract_id, program
from tests.entrypoints.portal.reading import words
from tests.world import Tenant, today

DAYS = timedelta(days=9)


@pytest.fixture
def url(padaria: Tenant) -> str:
    return f"/en/back-office/contracts/{contract_id(padaria)}/left-alone/"


@pytest.mark.rule("PAY-8", part="left alone")
def test_the_seller_says_until_when_and_why_and_ends_it(padaria: Tenant, olga: Client, url: str):
    contract = url.replace("left-alone/", "")
    assert url in olga.get(contract).text
    until = today() + DAYS
    assert olga.post(url, {"until": until.isoformat(), "why": " "}).status_code == 422
    assert "Choose a day after today" in words(olga.post(url, {"until": today().isoformat(), "why": "x"}))
    assert customers.get(padaria.customer_id).left_alone_until is None

    done = words(olga.post(url, {"until": until.isoformat(), "why": "Pays on Friday."}, follow=True))
    assert "is left alone until" in done
    assert "Left alone until" in done
    assert "Pays on Friday." in done
    assert "goes on as usual" in words(olga.post(url, {"do": "end"}, follow=True))
    assert "Left alone until" not in words(olga.get(contract))
    assert Event.objects.filter(name="customer.left_alone").count() == 2


@pytest.mark.rule("PAY-8", part="left alone")
def test_the_sellers_program_says_so_and_the_customers_reads_it(padaria: Tenant):
    path, until = f"/contracts/{contract_id(padaria)}/left-alone", (today() + DAYS).isoformat()
    seller, sol = program(None, "read", "write"), program(padaria.customer_id, "read", "write")
    wanted = {"until": until, "why": "Pays on Friday."}
    assert sol.put(path, wanted, once="a").status_code == 403
    assert seller.put(path, wanted, once="b").json() == wanted
    assert sol.get(path).json() == wanted
    far = {"until": (today() + timedelta(days=91)).isoformat(), "why": "x"}
    assert seller.put(path, far, once="c").status_code == 422
    ended = seller.put(path, {"until": None, "why": "paid"}, once="d").json()
    assert ended == {"until": None, "why": None}


@pytest.mark.rule("PAY-8", part="reserve")
def test_a_program_lists_cards_and_names_the_reserve(padaria: Tenant, ana: Client):
    path = f"/contracts/{contract_id(padaria)}"
    sol = program(padaria.customer_id, "read", "write")
    ana.post("/en/settings/wallet/add/", {"frame_ref": "ok#2"})
    used, other = sol.get(f"{path}/cards").json()["cards"]
    assert (used["in_use"], other["in_use"], used["last_day"], used["stopped"]) == (
        True,
        False,
        "2030-12-31",
        None,
    )
    said = sol.put(f"{path}/reserve-card", {"card": other["id"]}, once="a").json()
    assert [(one["id"], one["reserve"]) for one in said["cards"]] == [
        (used["id"], False),
        (other["id"], True),
    ]
    assert sol.put(f"{path}/reserve-card", {"card": used["id"]}, once="b").status_code == 409
    stranger = public("pay", padaria.contract_id)
    assert sol.put(f"{path}/reserve-card", {"card": stranger}, once="c").status_code == 404
    said = sol.put(f"{path}/reserve-card", {"card": None}, once="d").json()
    assert not any(one["reserve"] for one in said["cards"])
