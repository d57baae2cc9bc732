"""Payment links by program: made, said once, listed, revoked (ACC-3, API-2)."""

from __future__ import annotations

import pytest
from django.test import Client

from abono.domain.notices.models import Email
from abono.domain.payment_links.models import PaymentLink
from abono.platform.models import IdempotencyKey
from tests.entrypoints.api.conftest import Program, program
from tests.entrypoints.portal.reading import path_of
from tests.payment_links import Payer, make, make_unpaid, unpaid
from tests.world import Tenant


@pytest.fixture
def declined(db, gateway) -> Tenant:
    return make_unpaid()


@pytest.fixture
def sol(declined: Tenant) -> Program:
    return program(declined.customer_id)


@pytest.fixture
def at(declined: Tenant) -> str:
    return f"/invoices/{unpaid(declined).public_id}/payment-links"


@pytest.mark.rule("ACC-3", part="payment link")
@pytest.mark.rule("API-2")
def test_a_link_is_made_once_and_its_address_said_to_the_same_call_alone(
    sol: Program, declined: Tenant, at: str
) -> None:
    before = PaymentLink.objects.count()
    first = sol.post(at, {"email": "conta@contabil.example"}, once="a")
    again = sol.post(at, {"email": "conta@contabil.example"}, once="a")
    assert (first.status_code, again["Idempotent-Replayed"]) == (201, "true")
    made = first.json()
    assert again.json() == made
    assert (made["state"], made["sent_to"]) == ("open", "conta@contabil.example")
    assert made["made_by"].startswith("key:")
    assert PaymentLink.objects.count() == before + 1
    assert Email.objects.filter(to_email="conta@contabil.example").count() == 1
    assert Client().get(path_of(made["url"])).status_code == 302

    secret = made["url"].rstrip("/").rpartition("/")[2]
    assert secret not in IdempotencyKey.objects.get().body
    one = sol.get(f"/payment-links/{made['id']}").json()
    assert one == {name: value for name, value in made.items() if name != "url"} | {
        "opened_at": one["opened_at"]
    }
    assert one["opened_at"] is not None
    assert sol.get("/payment-links").json()["items"][0] == one

    ended = sol.post(f"/payment-links/{made['id']}/revoke", once="r")
    assert (ended.status_code, ended.json()["state"]) == (200, "revoked")
    assert sol.post(f"/payment-links/{made['id']}/revoke", once="s").json() == ended.json()
    assert sol.post(at, {"email": "conta@contabil.example"}, once="a").json()["url"] is None
    assert Client().get(path_of(made["url"])).status_code == 404


def test_links_are_listed_by_invoice_page_by_page(
    sol: Program, declined: Tenant, at: str, seller: Program
) -> None:
    made = [make(declined).public_id for _ in range(2)]
    invoice = unpaid(declined).public_id
    first = sol.get("/payment-links", invoice=invoice, limit=1).json()
    assert [one["id"] for one in first["items"]] == made[-1:]
    second = sol.get("/payment-links", invoice=invoice, limit=1, cursor=first["next_cursor"]).json()
    assert [one["id"] for one in second["items"]] == made[:1]
    assert len(seller.get("/payment-links").json()["items"]) == 3  # one went out with a notice


def test_the_state_follows_the_invoice(sol: Program, declined: Tenant, gateway) -> None:
    link = make(declined)
    Payer(link).pay(gateway, "ok#1")
    assert sol.get(f"/payment-links/{link.public_id}").json()["state"] == "paid"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"email": "conta"}, 422, "customers.unmailable_address"),
        ({"email": 7}, 422, "invalid"),
        ({"mail": "a@b.example"}, 422, "invalid"),
    ],
)
def test_what_is_wrong_is_said_and_makes_no_link(
    sol: Program, at: str, body: dict[str, object], status: int, code: str
) -> None:
    before = PaymentLink.objects.count()
    answer = sol.post(at, body, once="a")
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert PaymentLink.objects.count() == before


def test_the_seller_makes_a_link_of_any_customers_invoice(seller: Program, declined: Tenant, at: str) -> None:
    made = seller.post(at, {}, once="a")
    assert made.status_code == 201
    assert made.json()["sent_to"] is None


def test_of_a_paid_invoice_no_link_is_made(sol: Program, declined: Tenant) -> None:
    paid = next(one for one in sol.get("/invoices").json()["items"] if one["state"] == "paid")
    answer = sol.post(f"/invoices/{paid['id']}/payment-links", {}, once="a")
    assert (answer.status_code, answer.json()["code"]) == (409, "invoicing.not_payable")
