"""A program asks for the money of an invoice by Pix or slip, and reads how that stands (FIN-3, PAY-4)."""

from __future__ import annotations

import pytest

from abono.domain.payments.models import PaymentRequest
from abono.domain.payments.pushed import requests
from abono.flows.requests.ask import look
from abono.platform import clock
from tests.entrypoints.api.conftest import program
from tests.payment_links import make_unpaid, unpaid
from tests.world import DAY, make_padaria


@pytest.fixture
def owing(db, gateway, bank):
    return make_unpaid(age=33 * DAY)


@pytest.mark.rule("FIN-3", part="Pix")
def test_a_pix_is_asked_for_once_read_and_paid(owing, bank):
    sol, invoice = program(owing.customer_id), unpaid(owing)
    path = f"/invoices/{invoice.public_id}/payment-requests"
    made = sol.post(path, {"means": "pix"}, once="a")
    assert made.status_code == 201
    said = made.json()
    assert (said["state"], said["amount_minor"], said["due_date"]) == ("payable", 700_00, None)
    assert sol.post(path, {"means": "pix"}, once="a").json() == said
    assert sol.post(path, {"means": "pix"}, once="b").json()["id"] == said["id"]
    assert sol.get(f"/payment-requests/{said['id']}").json() == sol.get(path).json()["items"][0] == said

    [asked] = requests.of_invoice(invoice.id)
    bank.pay(asked.id.hex, on=clock.now().date())
    look(request_id=asked.id, real=clock.now())
    now = sol.get(f"/payment-requests/{said['id']}").json()
    assert (now["state"], now["pay_with"]) == ("paid", None)
    [came] = sol.get(f"/invoices/{invoice.public_id}").json()["received_payments"]
    assert (came["way"], came["amount_minor"]) == ("pix", 700_00)


@pytest.mark.rule("PAY-4", part="payable once registered")
def test_a_slip_says_how_it_is_paid_once_it_is_registered(owing, bank):
    bank.says = "asked"
    sol, invoice = program(owing.customer_id), unpaid(owing)
    said = sol.post(f"/invoices/{invoice.public_id}/payment-requests", {"means": "slip"}, once="a").json()
    assert (said["state"], said["pay_with"]) == ("asked", None)
    assert said["due_date"] > clock.now().date().isoformat()


@pytest.mark.rule("PAY-3", part="switch")
@pytest.mark.rule("PAY-2", part="chosen ahead")
def test_a_program_says_how_a_contract_is_paid(db, gateway, bank):
    padaria = make_padaria(now=clock.now() - 10 * DAY)
    sol, path = program(padaria.customer_id), f"/contracts/{padaria.contract.public_id}/payment-means"
    before = sol.get(path).json()
    assert (before["means"], before["ahead"]) == ("card", None)
    assert [one["means"] for one in before["offered"]] == ["card", "pix", "slip"]
    said = sol.put(path, {"means": "slip"}, once="a").json()
    assert (said["means"], said["ahead"]["means"]) == ("card", "slip")
    assert said["ahead"]["possible_from"] == said["offered"][2]["possible_from"]
    assert sol.put(path, {"means": "pix"}, once="b").json()["means"] == "pix"


@pytest.mark.rule("PAY-5", part="second copy, new date")
def test_a_program_gives_a_late_slip_its_new_date_once_then_the_sellers_does(owing, bank):
    sol, invoice = program(owing.customer_id), unpaid(owing)
    slip = sol.post(f"/invoices/{invoice.public_id}/payment-requests", {"means": "slip"}, once="a").json()
    path = f"/payment-requests/{slip['id']}"
    assert sol.post(f"{path}/new-due-date", {}, once="b").json()["code"] == "payments.no_new_date"
    PaymentRequest.objects.update(due_date=clock.now().date() - 10 * DAY)
    moved = sol.post(f"{path}/new-due-date", {}, once="c")
    assert moved.status_code == 201
    new = moved.json()
    assert new["instead_of"] == slip["id"]
    assert new["amount_minor"] - new["charges_minor"] == slip["amount_minor"]
    said = sol.post(f"/payment-requests/{new['id']}/said-paid", once="d").json()
    assert (said["state"], said["here_by"] > clock.now().date().isoformat()) == ("payable", True)
    PaymentRequest.objects.filter(replaced=False).update(due_date=clock.now().date() - 5 * DAY)
    again = f"/payment-requests/{new['id']}/new-due-date"
    assert sol.post(again, {}, once="e").json()["code"] == "payments.new_date_used"
    assert program(None).post(again, {"why": "they asked for it"}, once="f").status_code == 201
