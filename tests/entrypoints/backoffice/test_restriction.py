"""A restricted contract on the pages of the seller and of its customer, and over the API (END-1, END-4)."""

from __future__ import annotations

import pytest
from django.test import Client

from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import State
from abono.domain.restrictions import queries as restrictions
from abono.domain.restrictions.actions import lift, restrict
from abono.domain.restrictions.models import Restriction
from abono.domain.restrictions.states import Cause
from abono.platform import clock, formats
from abono.platform.models import IdempotencyKey
from tests.entrypoints.api.conftest import contract_id, program
from tests.entrypoints.portal.reading import words
from tests.world import DAY, Tenant, today

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


@pytest.mark.rule("END-1", part="padlock")
def test_an_agent_reads_that_it_is_restricted_and_not_of_what_the_seller_suspects_the_organization(
    padaria: Tenant, bruno: Client, carla: Client, olga: Client, url: str
):
    olga.post(url, {"do": "restrict", **WHY})
    assert "Reason: Stolen cards." in words(bruno.get("/en/home/"))
    read = words(carla.get("/en/notices/"))
    assert "The seller restricted this contract." in read
    assert "Stolen cards." not in read


def test_why_a_contract_came_to_a_state_is_said_in_words(padaria: Tenant, ana: Client, olga: Client):
    contract = Contract.objects.get(id=padaria.contract_id)
    restrict(contract, Cause.DEBT, actor="system", now=clock.now())
    lift(contract, Cause.DEBT, actor="system", now=clock.now())
    office = f"/en/back-office/contracts/{contract_id(padaria)}/"
    for page in (ana.get("/en/settings/contracts/"), olga.get(office)):
        history = words(page)
        assert "An invoice was overdue for too long · " in history
        assert "What was overdue is settled · " in history


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


@pytest.mark.rule("END-4", part="restricts with a reason")
def test_the_later_of_two_of_the_sellers_people_hears_what_the_other_did(
    padaria: Tenant, olga: Client, url: str
):
    olga.post(url, {"do": "restrict", **WHY})
    assert olga.post(url, {"do": "restrict", **WHY}).status_code == 302  # pressed twice
    later = olga.post(url, {"do": "restrict", "why": "Two <b>complaints</b>."})
    assert later.status_code == 409
    assert "already, for another reason: Stolen cards." in words(later)
    assert "<b>complaints" not in later.text
    assert [one.why for one in restrictions.history(padaria.contract_id)] == ["Stolen cards."]

    assert olga.post(url, {"do": "lift", "why": "ok"}).status_code == 302
    late = olga.post(url, {"do": "lift", "why": "ok"})
    assert late.status_code == 409
    assert "has not restricted the contract" in words(late)
    assert state(padaria) is State.ACTIVE


@pytest.mark.rule("END-4", part="restricts with a reason")
def test_a_reason_is_a_text_on_the_pages_of_both(padaria: Tenant, ana: Client, olga: Client, url: str):
    olga.post(url, {"do": "restrict", "why": "<script>alert(1)</script> & more"})
    for page in (ana.get("/en/home/"), ana.get("/en/notices/"), olga.get(url)):
        assert "<script>alert" not in page.text
    assert "Reason: <script>alert(1)</script> & more" in words(ana.get("/en/home/"))


@pytest.mark.rule("END-5", part="two notices")
def test_until_when_to_pay_stands_on_each_page_of_who_pays_and_in_the_api(
    padaria: Tenant, ana: Client, carla: Client, olga: Client
):
    restrict(Contract.objects.get(id=padaria.contract_id), Cause.DEBT, actor="system", now=clock.now())
    ends = today() + 60 * DAY
    day = formats.long_day(ends, "en")
    assert f"If it is not paid before {day}, the contract ends on that day." in words(ana.get("/en/home/"))
    assert day not in words(carla.get("/en/notices/"))
    assert "This cycle began restricted" not in words(ana.get("/en/home/"))
    Restriction.objects.filter(contract_id=padaria.contract_id).update(made_at=padaria.contract.cycle_start)
    assert "This cycle began restricted, without a channel package." in words(ana.get("/en/home/"))
    Restriction.objects.filter(contract_id=padaria.contract_id).update(made_at=clock.now())
    office = words(olga.get(f"/en/back-office/contracts/{contract_id(padaria)}/"))
    assert f"Restricted for a debt, ends on {day} unless it is settled before" in office
    path = f"/contracts/{contract_id(padaria)}/restrictions"
    assert [one["ends_on"] for one in program(None, "read").get(path).json()["restrictions"]] == [
        ends.isoformat()
    ]


@pytest.mark.rule("END-1", part="padlock")
def test_who_owes_beside_the_sellers_word_reads_of_both(padaria: Tenant, ana: Client, olga: Client, url: str):
    olga.post(url, {"do": "restrict", **WHY})
    restricted = Contract.objects.get(id=padaria.contract_id)
    restrict(restricted, Cause.DEBT, actor="system", now=clock.now())
    home = words(ana.get("/en/home/"))
    assert "The seller restricted this contract." in home
    assert "An invoice is overdue for too long as well" in home
    assert "See what is open and pay it" in home


@pytest.mark.rule("API-2", part="cut off by a crash")
def test_a_restriction_that_was_lifted_does_not_come_back_with_a_call_that_was_cut_off(padaria: Tenant):
    path, seller = f"/contracts/{contract_id(padaria)}/restrictions", program(None, "read", "write")
    seller.post(path, WHY, once="a")
    seller.post(f"{path}/lift", WHY, once="b")
    IdempotencyKey.objects.filter(key="a").update(status=None, body="")
    assert seller.post(path, WHY, once="a").status_code == 200
    assert state(padaria) is State.ACTIVE
