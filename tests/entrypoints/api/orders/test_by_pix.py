"""An order, and a change of its contract, are paid by Pix over the API (PAY-3, CHG-4)."""

from __future__ import annotations

import pytest

from abono.domain.payments.pushed import requests
from abono.domain.payments.tables.requested import PaymentRequest
from abono.flows.requests.ask import look
from abono.flows.signup import terms
from abono.platform import clock
from tests.entrypoints.api.conftest import Program, program
from tests.entrypoints.api.orders.ordering import begin
from tests.pushes import FakePush
from tests.remembered import lately
from tests.world import DAY, make_padaria


def paid(bank: FakePush) -> None:
    newest = PaymentRequest.objects.latest("id")
    bank.pay(newest.id.hex, on=clock.now().date())
    look(request_id=requests.get(newest.id).id, real=clock.now())


@pytest.mark.rule("PAY-3", part="first by card or Pix")
def test_an_order_waits_for_its_pix_is_taken_back_and_is_active_once_one_is_paid(
    shop: Program, bank: FakePush
) -> None:
    order = begin(shop)
    path = f"/orders/{order['id']}"
    asked = {"offer": order["quote"]["offer"], "means": "pix", "terms_version": terms.VERSION}
    made = shop.post(f"{path}/payment-requests", asked, once="a")
    assert made.status_code == 201, made.content
    said = made.json()
    assert (said["state"], said["contract"]["state"]) == ("to_pay", "pending")
    assert (said["payment_request"]["state"], said["payment_request"]["amount_minor"]) == ("payable", 1349_00)
    assert shop.post(f"{path}/payment-requests", asked, once="a").json() == said
    assert shop.post(f"{path}/payment-requests", asked, once="b").json() == said

    back = shop.post(f"{path}/payment-requests/withdraw", {}, once="c").json()
    assert (back["state"], back["contract"], back["payment_request"]["state"]) == ("open", None, "ended")
    assert shop.post(f"{path}/payment-requests", asked, once="d").json()["state"] == "to_pay"
    paid(bank)
    done = shop.get(path).json()
    assert (done["state"], done["contract"]["state"]) == ("done", "active")


@pytest.mark.rule("CHG-4", part="how it is paid")
def test_a_change_waits_for_its_pix_and_is_withdrawn_or_holds_once_it_is_paid(
    db: None, bank: FakePush
) -> None:
    padaria = make_padaria(now=lately() - 10 * DAY)
    sol, changes = program(padaria.customer_id), f"/contracts/{padaria.contract.public_id}/changes"
    first = sol.post(changes, {"package": "brl-250"}, once="a").json()["id"]
    made = sol.post(f"/changes/{first}/payment-requests", {"means": "pix"}, once="b")
    said = made.json()
    assert (made.status_code, said["change"]["state"], said["payment"]) == (202, "waiting", None)
    assert said["payment_request"]["state"] == "payable"
    assert sol.post(f"/changes/{first}/payment-requests", {"means": "pix"}, once="b").json() == said
    assert sol.post(changes, {"package": "brl-500"}, once="c").json()["code"] == "payments.under_way"
    assert sol.post(f"/changes/{first}/withdraw", {}, once="d").json()["state"] == "withdrawn"

    second = sol.post(changes, {"package": "brl-500"}, once="e").json()["id"]
    sol.post(f"/changes/{second}/payment-requests", {"means": "pix"}, once="f")
    paid(bank)
    assert sol.get(f"/changes/{second}").json()["state"] == "applied"
    assert padaria.contract.package_code == "brl-500"
