"""The seller records what gateways paid out, on the page and over the API (PAY-13)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from abono.domain.payments import payouts
from abono.domain.payments.models import Payout
from abono.kernel.money import Money
from abono.platform import clock
from tests.entrypoints.api.conftest import program
from tests.entrypoints.portal.reading import words
from tests.fakes import FakeGateway
from tests.remembered import lately
from tests.scenarios.test_regret import give_up
from tests.work import ask_gateways
from tests.world import Tenant, load_catalog, make_padaria

pytestmark = pytest.mark.rule("PAY-13", part="clearing accounts")
PAGE = "/en/back-office/payouts/"


@pytest.fixture
def padaria(db: None, gateway: FakeGateway) -> Tenant:
    load_catalog()
    return make_padaria(now=lately() - timedelta(days=9))


def form(**other: str) -> dict[str, str]:
    day = (clock.now() - timedelta(days=1)).date().isoformat()
    asked = {
        "source": "BRL simulator",
        "reference": "po_1",
        "arrived": "1,300.00",
        "fees": "49",
        "paid_on": day,
    }
    return asked | other


def test_what_arrived_is_recorded_seen_and_taken_back(olga: Client, padaria: Tenant) -> None:
    assert "Payment simulator R$1,349.00" in words(olga.get(PAGE))
    for _twice in range(2):
        assert olga.post(PAGE, form()).status_code == 302
    page = words(olga.get(PAGE))
    assert "Nothing: all that was paid has arrived." in page
    assert "R$1,300.00 · Payment simulator po_1" in page
    assert "· Olga Prado" in page
    one = Payout.objects.get()
    address = f"{PAGE}{one.public_id}/withdraw/"
    empty = olga.post(address, {f"{one.public_id}-why": ""})
    assert empty.status_code == 422
    assert "Say why: it stays in the record." in words(empty)
    assert '<details class="more" open>' in empty.text  # or nobody sees it
    assert olga.post(address, {f"{one.public_id}-why": "of another month"}).status_code == 302
    page = words(olga.get(PAGE))
    assert "Payment simulator R$1,349.00" in page
    assert "of another month" in page


def test_what_is_to_be_sent_back_is_recorded_as_sent(
    olga: Client, padaria: Tenant, gateway: FakeGateway
) -> None:
    """Of a gateway that paid out all before a refund: it gets the refund back from an account of the seller's."""
    assert olga.post(PAGE, form()).status_code == 302
    give_up(padaria, now=lately() - timedelta(days=5))
    ask_gateways(real=clock.now())
    page = words(olga.get(PAGE))
    assert "to be sent from your account Payment simulator R$1,349.00" in page
    assert "To be sent: Payment simulator · R$1,349.00" in page
    sent = form(source="BRL simulator sent", reference="debit", arrived="1,349.00", fees="1")
    assert "still to be sent" in words(olga.post(PAGE, sent | {"arrived": "1,349.01"}))
    assert olga.post(PAGE, sent).status_code == 302
    assert "to be sent from your account" not in words(olga.get(PAGE)).replace("is to be sent from it", "")
    seller = program(None)
    [told, _before] = seller.get("/payouts").json()["items"]
    assert (told["arrived_minor"], told["fees_minor"]) == (-1_350_00, 1_00)
    again = {"gateway": "simulator", "reference": "debit 2", "currency": "BRL", "arrived_minor": -1_00}
    answer = seller.post("/payouts", {**again, "paid_on": sent["paid_on"]}, once="a")
    assert (answer.status_code, answer.json()["code"]) == (409, "payments.sent_too_much")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"arrived": "a lot"}, "Write an amount like 1,500.50."),
        ({"arrived": "1.005"}, "Write an amount like 1,500.50."),
        ({"arrived": ""}, "Write an amount; 0 is one, too."),
        ({"reference": ""}, "Write its number: the same one is recorded once."),
        ({"reference": "po_\u202e1"}, "Write it in one line, with characters that can be seen."),
        ({"source": "USD simulator"}, "Select a valid choice."),
        ({"paid_on": ""}, "Choose a day."),
        (
            {"arrived": "1,400"},
            "At Payment simulator there is less than amount and fees together. Check both.",
        ),
        ({"arrived": "0", "fees": ""}, "A payout has an amount above zero"),
    ],
)
def test_what_cannot_be_recorded_is_said_and_what_was_typed_stays(
    olga: Client, padaria: Tenant, typed: dict[str, str], says: str
) -> None:
    answer = olga.post(PAGE, form(**typed))
    assert answer.status_code == 422
    assert says in words(answer)
    assert 'value="49"' in answer.content.decode() or "fees" in typed
    assert [one for one in payouts.sources() if one[1]] == [("simulator", Money(1_349_00, "BRL"))]
