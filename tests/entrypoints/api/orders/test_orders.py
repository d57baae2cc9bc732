"""The first order by the API: choose, say who contracts, see what it costs, pay (CON-1 to CON-4)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from abono.domain.contracts.models import Acceptance, Contract, Signup
from abono.domain.customers.models import Customer
from abono.domain.identity import queries as identity
from abono.domain.payments.errors import CardDeclined
from abono.domain.settings.actions import set_value
from abono.domain.settings.known import CONTRACT_CURRENCY
from abono.domain.settings.trials import TRIAL_DAYS
from abono.entrypoints.api.orders import orders
from abono.flows.signup import terms
from abono.flows.signup.sign import Signed, sign_contract
from abono.kernel.ids import parse
from abono.kernel.periods import add_months, local_date
from abono.platform import clock
from abono.platform.models import Event
from tests.entrypoints.api.conftest import Program, contract_id, program
from tests.entrypoints.api.orders.ordering import ORDER, begin, payment
from tests.fakes import Died, FakeGateway
from tests.scenarios.years import sell_by_the_year
from tests.world import Tenant

LICENCE = 215_00  # an extra one, BRL a month


@pytest.mark.rule("CON-2", part="first charge line by line")
@pytest.mark.rule("CON-2", part="what comes every month")
def test_what_it_costs_is_said_line_by_line_before_anything_is_written(shop: Program) -> None:
    asked = {"plan": "specialist", "package": "brl-100", "currency": "BRL"}
    said = shop.get("/orders/preview", **asked).json()
    assert [(line["kind"], line["amount_minor"], line["monthly"]) for line in said["lines"]] == [
        ("plan", 600_00, True),
        ("package", 100_00, True),
        ("activation", 649_00, False),
    ]
    assert (said["first_minor"], said["monthly_minor"]) == (1349_00, 700_00)  # 600 + 100 + 649; 600 + 100
    assert begin(shop)["quote"] == said
    assert said["yearly_minor"] == 0
    mixed = shop.get("/orders/preview", **(asked | {"currency": "USD"}))
    assert (mixed.status_code, mixed.json()["code"]) == (422, "contracts.currency_mismatch")


@pytest.mark.rule("CAT-10", part="year's fee once")
def test_a_year_is_ordered_and_the_contract_says_until_when_it_is_paid(shop: Program) -> None:
    refused = shop.get(
        "/orders/preview", plan="specialist", package="brl-100", currency="BRL", interval="year"
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "catalog.no_price_in_currency")
    sell_by_the_year()
    order = begin(shop, interval="year")
    quote = order["quote"]
    assert [(one["kind"], one["monthly"], one["yearly"]) for one in quote["lines"]] == [
        ("plan", False, True),
        ("package", True, False),
        ("activation", False, False),
    ]
    asked = quote["first_minor"], quote["monthly_minor"], quote["yearly_minor"]
    assert asked == (6_000_00 + 100_00 + 649_00, 100_00, 6_000_00)
    paid = shop.post(f"/orders/{order['id']}/payments", payment(order), once="pay").json()
    contract = paid["contract"]
    assert (paid["interval"], contract["interval"]) == ("year", "year")
    adhesion = date.fromisoformat(contract["adhesion_date"])
    assert contract["plan_paid_until"][:10] == add_months(adhesion, 12).isoformat()


@pytest.mark.rule("CON-3", part="active in the same answer")
@pytest.mark.rule("CON-3", part="with its allowances")
@pytest.mark.rule("CON-2", part="terms kept")
@pytest.mark.rule("API-1", part="everything")
def test_an_order_that_is_paid_is_an_active_contract(shop: Program, gateway: FakeGateway) -> None:
    read = Program(shop.key, "pt-BR").get("/terms").json()
    order = begin(shop)
    assert (order["state"], order["contract"]) == ("open", None)
    assert not Customer.objects.exists()  # nobody has anything before it is paid (CON-9)
    fields = shop.post(
        f"/orders/{order['id']}/card-fields", {"parent_origin": "https://shop.example"}, once="card"
    )
    assert (fields.status_code, fields.json()["ref"]) == (201, "ok")
    answer = shop.post(
        f"/orders/{order['id']}/payments",
        payment(order, fields.json()["ref"], accepted_from="203.0.113.9"),
        once="pay",
    )
    assert answer.status_code == 201, answer.content
    paid = answer.json()
    assert (paid["state"], paid["quote"]) == ("done", None)
    contract = paid["contract"]
    assert contract["state"] == "active"
    assert contract["cycle"]["number"] == 0
    assert [call.amount.minor for call in gateway.calls] == [1349_00]
    kept = Acceptance.objects.get(contract__number=contract["number"])
    assert (kept.terms_version, kept.terms_hash) == (read["version"], read["sha256"])
    assert (kept.person_email, kept.address) == ("lia@lua.example", "203.0.113.9")
    customer_id = parse("cus", contract["customer"])
    assert customer_id is not None
    [lia] = identity.administrators(customer_id)
    assert lia.email == "lia@lua.example"
    assert Event.objects.get(name="contract.signed").actor == f"key:{shop.key[:12]}"
    assert shop.get(f"/orders/{order['id']}").json() == paid
    own = program(customer_id).get(f"/contracts/{contract['id']}/members").json()
    assert [(one["email"], one["profile"]) for one in own["items"]] == [("lia@lua.example", "administrator")]


@pytest.mark.rule("LIC-6", part="with the first order")
def test_extra_licences_are_in_the_first_order_and_come_every_month(
    shop: Program, gateway: FakeGateway
) -> None:
    order = begin(shop, extra_licences=3)
    lines = {line["kind"]: (line["amount_minor"], line["monthly"]) for line in order["quote"]["lines"]}
    assert lines["extra_licences"] == (3 * LICENCE, True)
    assert order["quote"]["first_minor"] == 1349_00 + 3 * LICENCE
    assert order["quote"]["monthly_minor"] == 700_00 + 3 * LICENCE
    paid = shop.post(f"/orders/{order['id']}/payments", payment(order), once="pay").json()
    assert paid["contract"]["licences"] == {"included": 10, "extra": 3}
    assert [call.amount.minor for call in gateway.calls] == [1349_00 + 3 * LICENCE]
    coming = shop.get(f"/contracts/{paid['contract']['id']}/next-invoice").json()
    assert coming["total_minor"] == 700_00 + 3 * LICENCE


@pytest.mark.rule("LIC-6", part="with the first order")
def test_after_a_declined_card_other_licences_can_be_chosen(shop: Program) -> None:
    order = begin(shop, extra_licences=3)
    path = f"/orders/{order['id']}"
    assert shop.post(f"{path}/payments", payment(order, "decline:balance"), once="no").status_code == 402
    other = shop.put(path, ORDER | {"extra_licences": 1}, once="other").json()
    assert other["extra_licences"] == 1
    stale = shop.post(f"{path}/payments", payment(order), once="stale")
    assert (stale.status_code, stale.json()["code"]) == (409, "invoicing.amount_changed")
    paid = shop.post(f"{path}/payments", payment(other), once="pay").json()
    assert paid["contract"]["licences"] == {"included": 10, "extra": 1}


@pytest.mark.rule("API-2", part="first answer")
def test_a_payment_that_is_repeated_charges_once(shop: Program, gateway: FakeGateway) -> None:
    order = begin(shop)
    path = f"/orders/{order['id']}/payments"
    first, again = (shop.post(path, payment(order), once="pay") for _ in range(2))
    assert again.content == first.content
    assert again["Idempotent-Replayed"] == "true"
    other = shop.post(path, payment(order), once="with-another-key")
    assert other.json()["contract"]["id"] == first.json()["contract"]["id"]
    assert (len(gateway.calls), Contract.objects.count()) == (1, 1)


@pytest.mark.rule("API-2", part="cut off by a crash")
@pytest.mark.parametrize("card", ["dies-before", "dies-after"])
def test_a_payment_that_a_crash_cut_off_is_done_once(shop: Program, gateway: FakeGateway, card: str) -> None:
    order = begin(shop)
    path = f"/orders/{order['id']}/payments"
    with pytest.raises(Died):
        shop.post(path, payment(order, card), once="pay")
    answer = shop.post(path, payment(order, card), once="pay")
    assert (answer.status_code, answer.json()["state"]) == (201, "done")
    assert list(gateway.book.values()) == [1349_00]


@pytest.mark.rule("CON-4", part="nothing active")
@pytest.mark.rule("CON-4", part="help")
@pytest.mark.rule("CON-9", part="goes on with the same order")
def test_a_declined_card_leaves_the_order_and_nothing_else(shop: Program) -> None:
    order = begin(shop)
    path = f"/orders/{order['id']}/payments"
    no = shop.post(path, payment(order, "decline:balance"), once="first-card")
    assert (no.status_code, no.json()["hint"]) == (402, "balance")
    assert not Customer.objects.exists()
    assert not Contract.objects.exists()
    stands = shop.get(f"/orders/{order['id']}").json()
    assert (stands["state"], stands["hint"], stands["quote"]) == ("declined", "balance", order["quote"])
    assert shop.post(path, payment(order, "decline:balance"), once="first-card").content == no.content
    assert shop.post(path, payment(order), once="second-card").json()["state"] == "done"


@pytest.mark.rule("API-2", part="cut off by a crash")
def test_a_decline_that_a_crash_kept_from_being_told_is_told_and_no_card_is_asked_again(
    shop: Program, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = begin(shop)
    path = f"/orders/{order['id']}/payments"

    def dies(**asked: Any) -> Signed:
        try:
            return sign_contract(**asked)
        except CardDeclined:
            raise Died from None

    with monkeypatch.context() as patch:
        patch.setattr(orders, "sign_contract", dies)
        with pytest.raises(Died):
            shop.post(path, payment(order, "decline:cvv"), once="pay")
    assert not Contract.objects.exists()
    no = shop.post(path, payment(order, "decline:cvv"), once="pay")
    assert (no.status_code, no.json()["code"], no.json()["hint"]) == (402, "payments.card_declined", "cvv")
    assert len(gateway.calls) == 1


@pytest.mark.rule("CON-9", part="known address waits for consent")
def test_whose_address_is_known_is_asked_and_no_key_answers(shop: Program, padaria: Tenant) -> None:
    ana = {"name": "Ana Souza", "email": "Ana@Padaria.example"}
    order = begin(shop, administrator=ana)
    paid = shop.post(f"/orders/{order['id']}/payments", payment(order), once="pay").json()
    assert paid["contract"]["state"] == "active"
    said = shop.get(f"/contracts/{paid['contract']['id']}/members").json()
    assert said["items"] == []
    [waits] = said["invitations"]
    assert (waits["email"], waits["profile"]) == ("ana@padaria.example", "administrator")
    theirs = program(padaria.customer_id).get(f"/contracts/{contract_id(padaria)}/members").json()
    assert theirs["invitations"] == []
    assert {one["profile"] for one in theirs["items"]} == {"administrator", "viewer", "agent"}


@pytest.mark.rule("CON-4", part="being confirmed")
def test_an_unclear_answer_is_said_and_the_order_cannot_be_changed_then(shop: Program) -> None:
    order = begin(shop)
    path = f"/orders/{order['id']}"
    answer = shop.post(f"{path}/payments", payment(order, "asks"), once="pay")
    assert (answer.status_code, answer.json()["state"]) == (202, "confirming")
    assert answer.json()["confirm_url"].startswith("http://cards.example/ask/")
    closed = shop.put(path, ORDER | {"plan": "expert"}, once="other")
    assert (closed.status_code, closed.json()["code"]) == (409, "contracts.order_closed")
    assert shop.get(path).json()["plan"] == "specialist"


@pytest.mark.rule("CHG-1")
def test_only_what_was_agreed_to_is_charged(shop: Program, gateway: FakeGateway) -> None:
    order = begin(shop)
    path = f"/orders/{order['id']}"
    changed = shop.put(path, ORDER | {"package": "brl-250"}, once="bigger").json()
    assert changed["quote"]["first_minor"] == 1499_00  # 600 + 250 + 649
    stale = shop.post(f"{path}/payments", payment(order), once="pay")
    assert (stale.status_code, stale.json()["code"]) == (409, "invoicing.amount_changed")
    older = shop.post(f"{path}/payments", payment(changed, terms_version="2020-01"), once="older-terms")
    assert (older.status_code, older.json()["code"], older.json()["version"]) == (
        409,
        "contracts.terms_changed",
        terms.VERSION,
    )
    assert not gateway.calls
    assert not Contract.objects.exists()


@pytest.mark.rule("CON-2", part="company and tax id")
def test_what_cannot_be_contracted_with_is_refused_before_an_order_is_kept(shop: Program) -> None:
    wrong = [
        ({"customer": ORDER["customer"] | {"tax_id": "11.222.333/0001-82"}}, 422, "customers.invalid_tax_id"),
        ({"customer": ORDER["customer"] | {"time_zone": "Mars/Olympus"}}, 422, "customers.unknown_time_zone"),
        ({"customer": ORDER["customer"] | {"country": "FR"}}, 422, "customers.unknown_country"),
        (
            {"customer": ORDER["customer"] | {"address": {"street": "Rua", "city": "São Paulo"}}},
            422,
            "customers.wrong_address",
        ),
        ({"administrator": {"name": "Lia", "email": "nobody"}}, 422, "customers.unmailable_address"),
        ({"plan": "nothing"}, 409, "catalog.plan_not_on_sale"),
        ({"surprise": 1}, 422, "invalid"),
    ]
    for n, (change, status, code) in enumerate(wrong):
        answer = shop.post("/orders", ORDER | change, once=f"wrong-{n}")
        assert (answer.status_code, answer.json()["code"]) == (status, code), change
    assert not Signup.objects.exists()


@pytest.mark.rule("CAT-14", part="currency follows the country: default")
@pytest.mark.rule("CAT-14", part="currency follows the country: other")
def test_a_buyer_of_brazil_contracts_in_its_currency_unless_the_seller_says_otherwise(shop: Program) -> None:
    dollars = ORDER | {"package": "usd-50", "currency": "USD"}
    no = shop.post("/orders", dollars, once="dollars")
    assert (no.status_code, no.json()["code"]) == (422, "contracts.currency_of_country")
    assert no.json()["detail"] == "Organizations of BR contract in BRL. Choose a package in BRL."
    assert not Signup.objects.exists()
    order = begin(shop)
    put = shop.put(f"/orders/{order['id']}", dollars, once="other")
    assert (put.status_code, put.json()["code"]) == (422, "contracts.currency_of_country")
    set_value(setting=CONTRACT_CURRENCY, value="any", actor="olga", why="a test", now=clock.now())
    assert shop.put(f"/orders/{order['id']}", dollars, once="again").json()["currency"] == "USD"
    set_value(setting=CONTRACT_CURRENCY, value="co usd, br BRL", actor="olga", why="back", now=clock.now())
    paid = shop.post(
        f"/orders/{order['id']}/payments", payment(shop.get(f"/orders/{order['id']}").json()), once="p"
    )
    assert (paid.status_code, paid.json()["code"]) == (422, "contracts.currency_of_country")
    assert not Contract.objects.exists()


@pytest.mark.rule("INV-10", part="trial: other")
def test_an_order_with_a_trial_is_active_and_nothing_is_charged(shop: Program, gateway: FakeGateway) -> None:
    set_value(setting=TRIAL_DAYS, value=14, actor="olga", why="to be tried", now=clock.now())
    order = begin(shop)
    trial = order["quote"]["trial"]
    assert (trial["days"], trial["sends"], trial["sends_percent"]) == (14, "seller", 10)
    paid = shop.post(f"/orders/{order['id']}/payments", payment(order), once="paid")
    assert (paid.status_code, paid.json()["state"], gateway.calls) == (201, "done", [])
    ends = datetime.fromisoformat(paid.json()["contract"]["trial_until"])
    assert local_date(ends, "America/Sao_Paulo").isoformat() == trial["fees_begin_date"]
