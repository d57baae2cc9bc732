from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from abono.domain.catalog import actions, queries
from abono.domain.catalog.errors import (
    NoPriceInCurrency,
    NoSuchPackage,
    NoSuchPlan,
    PackageNotOnSale,
    PlanNotOnSale,
)
from abono.kernel.money import Money
from tests.domain.catalog.edits import AUGUST_1, JULY_1, JUNE_1, sell_shipped, with_price

pytestmark = pytest.mark.django_db

STRANGE = ["", "nothing", "EXPERT", "a\0b", "x" * 10_000, "é", "'; --"]


@pytest.fixture(autouse=True)
def shipped() -> None:
    sell_shipped()


def price_at(code: str, route: tuple[str, str, str], moment: datetime) -> int | None:
    package = queries.package_on_sale(code=code, at=JULY_1)
    found = queries.session_prices(package_id=package.id, at=moment)
    return {(p.channel, p.kind, p.country): p.price_micro for p in found}.get(route)


@pytest.mark.rule("CAT-2", part="interval: month")
def test_a_plan_on_sale_says_all_that_a_contract_needs() -> None:
    expert = queries.plan_on_sale(code="expert", at=JUNE_1)
    assert (expert.name, expert.included_credits, expert.included_licences) == ("Expert", 2_000, 30)
    assert (expert.limit_percent, expert.on_request) == (100, False)
    price = queries.plan_price(plan_id=expert.id, currency="USD", interval="month")
    assert price.price == Money(390_00, "USD")
    assert price.activation_fee == Money(421_00, "USD")
    assert price.extra_licence == Money(32_00, "USD")
    assert price.extra_interaction_micro == 400_000


def test_plans_come_by_rank() -> None:
    codes = [plan.code for plan in queries.plans_on_sale(at=JUNE_1)]
    assert codes == ["starter", "specialist", "expert", "professional", "enterprise"]


def test_before_it_was_on_sale_a_plan_or_package_is_refused() -> None:
    early = JUNE_1 - timedelta(microseconds=1)
    with pytest.raises(PlanNotOnSale):
        queries.plan_on_sale(code="expert", at=early)
    with pytest.raises(PackageNotOnSale):
        queries.package_on_sale(code="brl-100", at=early)
    assert queries.packages_on_sale(currency="BRL", at=early) == ()


@pytest.mark.parametrize("code", STRANGE)
def test_an_unknown_code_is_refused_whatever_it_is(code: str) -> None:
    with pytest.raises(PlanNotOnSale):
        queries.plan_on_sale(code=code, at=JUNE_1)
    with pytest.raises(PackageNotOnSale):
        queries.package_on_sale(code=code, at=JUNE_1)
    assert queries.packages_on_sale(currency=code, at=JUNE_1) == ()
    expert = queries.plan_on_sale(code="expert", at=JUNE_1)
    with pytest.raises(NoPriceInCurrency):
        queries.plan_price(plan_id=expert.id, currency=code, interval="month")
    with pytest.raises(NoPriceInCurrency):
        queries.plan_price(plan_id=expert.id, currency="BRL", interval=code)


def test_unknown_ids_are_refused() -> None:
    with pytest.raises(NoSuchPlan):
        queries.plan(uuid4())
    with pytest.raises(NoSuchPlan):
        queries.plan_price(plan_id=uuid4(), currency="BRL", interval="month")
    with pytest.raises(NoSuchPackage):
        queries.package(uuid4())
    assert queries.session_prices(package_id=uuid4(), at=JUNE_1) == ()


@pytest.mark.rule("CAT-2", part="on request")
def test_a_plan_on_request_has_no_price_to_sign_with() -> None:
    enterprise = queries.plan_on_sale(code="enterprise", at=JUNE_1)
    assert enterprise.on_request
    assert enterprise.limit_percent is None
    with pytest.raises(NoPriceInCurrency) as refused:
        queries.plan_price(plan_id=enterprise.id, currency="BRL", interval="month")
    assert str(refused.value) == "The plan Enterprise has no price in BRL for this interval."


def test_packages_come_by_value() -> None:
    brl = queries.packages_on_sale(currency="BRL", at=JUNE_1)
    assert [package.value for package in brl] == [
        Money(value, "BRL") for value in (100_00, 250_00, 500_00, 1_000_00, 2_000_00)
    ]
    assert brl[0].value_micro == 100_000_000  # R$ 100


@pytest.mark.rule("CAT-3", part="no row, no send")
def test_a_route_without_a_row_has_no_price_and_a_free_one_costs_zero() -> None:
    assert price_at("brl-100", ("sms", "message", "BR"), JUNE_1) == 100_000
    assert price_at("brl-100", ("sms", "message", "CO"), JUNE_1) is None
    assert price_at("usd-20", ("sms", "message", "BR"), JUNE_1) is None
    assert price_at("usd-20", ("sms", "message", "CO"), JUNE_1) == 18_400
    assert price_at("brl-100", ("webchat", "message", "*"), JUNE_1) == 0


@pytest.mark.rule("CAT-6", part="row in force when it happened")
def test_an_event_is_priced_with_the_row_in_force_when_it_happened() -> None:
    wanted = with_price("brl-100", 95_000, since=AUGUST_1)
    actions.apply(catalog=wanted, actor="person:olga", now=JULY_1)
    sms = ("sms", "message", "BR")
    instant = timedelta(microseconds=1)
    # Rows begin on 1 January 2024 at midnight in São Paulo (03:00 UTC), and on 1 August 2026 at noon UTC.
    first = datetime(2024, 1, 1, 3, tzinfo=UTC)
    assert price_at("brl-100", sms, first - instant) is None
    assert price_at("brl-100", sms, first) == 100_000
    assert price_at("brl-100", sms, AUGUST_1 - instant) == 100_000
    assert price_at("brl-100", sms, AUGUST_1) == 95_000
    assert price_at("brl-100", ("whatsapp", "company", "BR"), AUGUST_1) == 550_000


def test_routes_are_found_by_channel_kind_and_country() -> None:
    routes = queries.routes()
    package = queries.package_on_sale(code="usd-20", at=JUNE_1)
    for price in queries.session_prices(package_id=package.id, at=JUNE_1):
        assert routes[price.channel, price.kind, price.country] == price.route_id
    assert ("email", "message", "*") in routes
    assert ("email", "message", "BR") not in routes


@pytest.mark.rule("PKG-10")
def test_channels_come_with_their_uses_and_with_names_in_the_language() -> None:
    channels = {channel.code: channel for channel in queries.channels(language="pt-br")}
    assert list(channels)[:3] == ["whatsapp", "sms", "email"]
    assert channels["whatsapp"].uses == ("mass_send", "sales", "chatbot")
    assert channels["sms"].uses == ("mass_send",)
    assert [kind.label for kind in channels["whatsapp"].kinds] == [
        "Iniciado pela empresa",
        "Iniciado pelo contato",
        "Resposta livre",
    ]
    assert queries.channels(language="es-MX")[2].label == "Correo electrónico"
    assert queries.channels(language="fr")[2].label == "E-mail"  # English when we do not speak it


def test_functions_have_names_in_each_language() -> None:
    assert queries.function_labels(language="es")["tickets"] == "Tickets de atención"
    assert queries.function_labels(language="pt-br")["tickets"] == "Tickets de atendimento"
    assert queries.function_labels(language="en")["tickets"] == "Service tickets"
