"""A restricted contract on the pages of the seller and of its customer, and over the API (END-1, END-4)."""

from __future__ import annotations

import pytest
from django.test import Client

from abono.domain.contracts.states import State
from tests.entrypoints.api.conftest import contract_id, program
from tests.entrypoints.portal.reading import words
from tests.world import Tenant

WHY = {"why": "Stolen cards."}


@pytest.fixture
def url(padaria: Tenant) -> str:
    return f"/en/back-office/contracts/{contract_id(padaria)}/restriction/"


def state(padaria: Tenant) -> State:
    return State(padaria.contract.state)


@pytest.mark.rule("END-4", part="restricts with a reason")
def test_the_seller_restricts_a_contract_and_says_why(padaria: Tenant, olga: Client, url: str):
    assert url in olga.get(url.replace("restriction/", "")).text
    assert olga.post(url, {"do": "restrict", "why": " "}).status_code == 422
    assert state(padaria) is State.ACTIVE

    done = words(olga.post(url, {"do": "restrict", **WHY}, follow=True))
    assert "Done, and the customer is told" in done
    assert state(padaria) is State.RESTRICTED
    assert "Stolen cards." in words(olga.get(url))

    olga.post(url, {"do": "lift", "why": "All is well."})
    assert state(padaria) is State.ACTIVE
    assert "lifted" in words(olga.get(url))


@pytest.mark.rule("END-1", part="padlock")
def test_the_customer_sees_padlocks_and_whose_word_it_is(
    padaria: Tenant, ana: Client, olga: Client, url: str
):
    olga.post(url, {"do": "restrict", **WHY})
    home = ana.get("/en/home/").text
    assert "The seller restricted this contract." in home
    assert "Reason: Stolen cards." in home
    assert "Opens again when the seller lifts the restriction." in home
    assert "until the overdue invoice is paid" not in home


@pytest.mark.rule("END-1", part="stay reachable")
@pytest.mark.parametrize("page", ["contracts", "financial", "wallet"])
def test_contracts_invoices_and_wallet_stay_reachable(
    padaria: Tenant, ana: Client, olga: Client, url: str, page: str
):
    olga.post(url, {"do": "restrict", **WHY})
    assert ana.get(f"/en/settings/{page}/").status_code == 200


@pytest.mark.rule("END-4", part="only the seller lifts")
def test_a_program_of_the_seller_does_the_same_and_none_of_a_customers(padaria: Tenant):
    path = f"/contracts/{contract_id(padaria)}/restrictions"
    seller, sol = program(None, "read", "write"), program(padaria.customer_id, "read", "write")
    assert sol.post(path, WHY).status_code == 403
    [made] = seller.post(path, WHY, once="a").json()["restrictions"]
    assert (made["cause"], made["why"], made["lifted_at"]) == ("fraud", "Stolen cards.", None)
    assert sol.post(f"{path}/lift", WHY).status_code == 403
    assert sol.get(path).json()["restrictions"] == [made]

    [lifted] = seller.post(f"{path}/lift", {"why": "ok"}, once="b").json()["restrictions"]
    assert lifted["lifted_why"] == "ok"
    assert seller.post(f"{path}/lift", {"why": "ok"}, once="c").status_code == 409
    assert state(padaria) is State.ACTIVE
