"""How many cards can be tried: by order, by customer, by address."""

from __future__ import annotations

from django.test import Client

from abono.flows.signup.tries import FREE_CARDS, FREE_CARDS_OF_ADDRESS, FREE_CARDS_OF_CUSTOMER
from abono.gateways.simulator.company.cards import Behaviour
from abono.platform.models import Event
from tests.entrypoints.public.conftest import DETAILS, Browser, Till


def test_the_testing_of_cards_is_bounded_by_order(browser: Browser, till: Till) -> None:
    order = browser.ready_to_pay()
    for _card in range(FREE_CARDS):
        assert "declined=" in browser.pay(order, Behaviour.NO_BALANCE)["Location"]
    sent = browser.type_card(order)
    reply = browser.client.post(f"{order}pay/", sent)
    assert (reply.status_code, reply["Retry-After"]) == (429, "30")
    page = reply.content.decode()
    assert "Nothing was charged. You can try the next card in one minute." in page
    assert f'href="{order}pay/"' in page
    assert browser.client.post(f"{order}pay/", sent).status_code == 429
    [told] = Event.objects.filter(name="cards.slowed")  # once an hour: which order, from where
    assert told.actor == f"order:{told.subject_id}"
    assert (told.subject_type, told.customer_id, told.data) == ("order", None, {})
    assert told.personal.address == "127.0.0.1"
    assert till.taken == []
    assert browser.fields(order)["legal_name"] == DETAILS["legal_name"]


def test_the_testing_of_cards_is_bounded_by_customer_and_address(browser: Browser) -> None:
    def tries(most: int, **other: str) -> list[int]:
        one = Browser(Client(), browser.simulator)
        order = one.ready_to_pay(**other)
        return [one.pay(order, Behaviour.NO_BALANCE).status_code for _ in range(most)]

    answers = tries(4) + tries(4) + tries(4)  # three orders of one tax id
    assert answers == [302] * FREE_CARDS_OF_CUSTOMER + [429] * (12 - FREE_CARDS_OF_CUSTOMER)
    others = ("16.727.230/0001-97", "00.000.000/0001-91", "12.ABC.345/01DE-35", "390.533.447-05")
    answers += [status for tax_id in others for status in tries(4, tax_id=tax_id)]
    assert answers.count(302) == FREE_CARDS_OF_ADDRESS
