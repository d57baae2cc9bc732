"""The catalog that ships: every published figure, written out."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from abono.domain.catalog import reader
from abono.domain.catalog.content import PackageEntry, PlanEntry
from abono.domain.catalog.reader import SHIPPED
from abono.domain.catalog.types import EVERYWHERE
from abono.kernel.rating import volume

CATALOG = reader.read(SHIPPED)
PLANS = {plan.code: plan for plan in CATALOG.plans}
PACKAGES = {package.code: package for package in CATALOG.packages}
BRL = ("brl-100", "brl-250", "brl-500", "brl-1000", "brl-2000")
USD = ("usd-20", "usd-50", "usd-100", "usd-200", "usd-400")


def price(package: PackageEntry, channel: str, kind: str, country: str) -> int:
    """The newest price of a route, in millionths."""
    rows = [row for row in package.prices if row.route == (channel, kind, country)]
    return max(rows, key=lambda row: row.valid_from).price_micro


def ladder(codes: tuple[str, ...], channel: str, kind: str, country: str) -> list[int]:
    return [price(PACKAGES[code], channel, kind, country) for code in codes]


def money(plan: PlanEntry, currency: str) -> tuple[int, int, int, int]:
    """Monthly price, activation fee and extra licence in minor units, extra interaction in millionths."""
    [one] = [p for p in plan.prices if (p.currency, p.interval) == (currency, "month")]
    return one.price_minor, one.activation_fee_minor, one.extra_licence_minor, one.extra_interaction_micro


@pytest.mark.rule("CAT-1", part="five plans")
def test_five_plans_ship_and_each_is_a_step_up_from_the_one_before() -> None:
    assert [plan.name for plan in sorted(CATALOG.plans, key=lambda plan: plan.rank)] == [
        "Starter",
        "Specialist",
        "Expert",
        "Professional",
        "Enterprise",
    ]


@pytest.mark.rule("CAT-2", part="shipped credits, licences, limits")
@pytest.mark.rule("LIM-1", part="shipped plans")
@pytest.mark.parametrize(
    ("code", "licences", "credits", "limit"),
    [
        ("starter", 1, 100, 0),
        ("specialist", 10, 500, 100),
        ("expert", 30, 2_000, 100),
        ("professional", 50, 5_000, 100),
        ("enterprise", None, None, None),  # by contract, by contract, unlimited
    ],
)
def test_allowances_and_limits_are_the_published_ones(
    code: str, licences: int | None, credits: int | None, limit: int | None
) -> None:
    plan = PLANS[code]
    assert (plan.licences, plan.credits, plan.limit_percent) == (licences, credits, limit)


@pytest.mark.rule("CAT-2", part="shipped prices")
@pytest.mark.rule("CAT-2", part="extra interaction")
@pytest.mark.rule("CAT-2", part="extra licence")
@pytest.mark.rule("CAT-2", part="activation fee")
@pytest.mark.parametrize(
    ("code", "brl_price", "brl_activation", "usd_price", "usd_activation", "usd_licence", "usd_interaction"),
    [
        ("starter", 0, 649_00, 0, 137_00, 53_00, 1_000_000),
        ("specialist", 600_00, 649_00, 130_00, 421_00, 43_00, 600_000),
        ("expert", 1_800_00, 649_00, 390_00, 421_00, 32_00, 400_000),
        ("professional", 3_900_00, 3_999_00, 845_00, 842_00, 22_00, 190_000),
    ],
)
def test_prices_of_plans_are_the_published_ones(
    code: str,
    brl_price: int,
    brl_activation: int,
    usd_price: int,
    usd_activation: int,
    usd_licence: int,
    usd_interaction: int,
) -> None:
    assert money(PLANS[code], "USD") == (usd_price, usd_activation, usd_licence, usd_interaction)
    # No extra prices in BRL are published; the shipped samples are five times those in USD.
    assert money(PLANS[code], "BRL") == (brl_price, brl_activation, 5 * usd_licence, 5 * usd_interaction)


@pytest.mark.rule("CAT-2", part="on request")
def test_enterprise_is_on_request_and_has_no_list_price() -> None:
    assert PLANS["enterprise"].on_request
    assert PLANS["enterprise"].prices == ()
    assert not any(plan.on_request for plan in CATALOG.plans if plan.code != "enterprise")


@pytest.mark.rule("CAT-2", part="functions")
def test_each_plan_has_all_functions_of_the_one_before_and_more() -> None:
    plans = sorted(CATALOG.plans, key=lambda plan: plan.rank)
    for smaller, bigger in pairwise(plans):
        assert {*smaller.functions} < {*bigger.functions}
    assert {*plans[-1].functions} == {function.code for function in CATALOG.functions}


@pytest.mark.rule("CAT-3", part="value and session prices")
def test_packages_have_the_published_values() -> None:
    values = {package.code: (package.currency, package.value_minor) for package in CATALOG.packages}
    assert values == {
        "brl-100": ("BRL", 100_00),
        "brl-250": ("BRL", 250_00),
        "brl-500": ("BRL", 500_00),
        "brl-1000": ("BRL", 1_000_00),
        "brl-2000": ("BRL", 2_000_00),
        "usd-20": ("USD", 20_00),
        "usd-50": ("USD", 50_00),
        "usd-100": ("USD", 100_00),
        "usd-200": ("USD", 200_00),
        "usd-400": ("USD", 400_00),
    }


@pytest.mark.rule("CAT-3", part="shipped BRL")
def test_session_prices_in_brl_are_the_published_ones() -> None:
    assert ladder(BRL, "sms", "message", "BR") == [100_000, 85_000, 80_000, 75_000, 70_000]
    assert ladder(BRL, "whatsapp", "company", "BR") == [550_000, 530_000, 510_000, 490_000, 470_000]
    assert ladder(BRL, "whatsapp", "contact", "BR") == [300_000] * 5
    voice = ladder(BRL, "voice", "minute", "BR")
    assert (voice[0], voice[-1]) == (95_000, 81_200)


@pytest.mark.rule("CAT-3", part="shipped USD")
@pytest.mark.parametrize("country", ["AR", "CL", "CO", "MX", "PE", "US"])
def test_session_prices_in_usd_are_the_published_ones(country: str) -> None:
    assert ladder(USD, "sms", "message", country) == [18_400, 15_600, 14_700, 13_800, 12_900]
    assert ladder(USD, "whatsapp", "company", country) == [46_300, 44_600, 44_000, 43_000, 42_000]
    assert ladder(USD, "whatsapp", "contact", country) == [18_500] * 5
    voice = ladder(USD, "voice", "minute", country)
    assert (voice[0], voice[-1]) == (34_200, 23_500)


@pytest.mark.rule("CAT-3", part="own rows, chat at 0")
@pytest.mark.rule("CAT-3", part="bigger is never dearer")
def test_every_kind_of_send_has_a_price_and_chat_channels_are_free() -> None:
    for codes, country in ((BRL, "BR"), (USD, "CO")):
        for channel in CATALOG.channels:
            for kind in channel.kinds:
                where = country if channel.by_country else EVERYWHERE
                prices = ladder(codes, channel.code, kind.code, where)
                chat = channel.code in {"messenger", "instagram", "webchat"}
                assert [p == 0 for p in prices] == [chat] * 5
                assert prices == sorted(prices, reverse=True), f"{channel.code} is dearer in a bigger package"


@pytest.mark.rule("CAT-4", part="rounded up")
@pytest.mark.parametrize(
    ("package", "sms", "whatsapp"),
    [
        # All volumes that the vendor prints; each is the value over the unit price, rounded up.
        ("brl-100", 1_000, 182),  # 100 / 0.55 = 181.8…
        ("brl-250", 2_942, 472),  # 250 / 0.085 = 2,941.2; 250 / 0.53 = 471.7
        ("brl-500", 6_250, 981),  # 500 / 0.51 = 980.4
        ("brl-1000", 13_334, 2_041),  # 1,000 / 0.075 = 13,333.3; 1,000 / 0.49 = 2,040.8
        ("brl-2000", 28_572, 4_256),  # 2,000 / 0.07 = 28,571.4; 2,000 / 0.47 = 4,255.3
    ],
)
def test_volumes_are_the_printed_ones(package: str, sms: int, whatsapp: int) -> None:
    entry = PACKAGES[package]
    value_micro = entry.value_minor * 10_000
    assert volume(value_micro, price(entry, "sms", "message", "BR")) == sms
    assert volume(value_micro, price(entry, "whatsapp", "company", "BR")) == whatsapp


@pytest.mark.rule("CAT-6", part="rules of a channel as rows")
def test_the_new_rules_of_whatsapp_are_a_row_from_july_2025_on() -> None:
    rows = [row for row in PACKAGES["brl-100"].prices if row.route == ("whatsapp", "company", "BR")]
    # Days begin at midnight in São Paulo, three hours after that of UTC.
    assert [row.valid_from for row in rows] == [
        datetime(2024, 1, 1, 3, tzinfo=UTC),
        datetime(2025, 7, 1, 3, tzinfo=UTC),
    ]


@pytest.mark.rule("PKG-10", part="the shipped table")
def test_channels_are_allowed_for_the_uses_of_the_table() -> None:
    uses = {channel.code: set(channel.uses) for channel in CATALOG.channels if channel.code != "voice"}
    assert uses == {
        "whatsapp": {"mass_send", "sales", "chatbot"},
        "sms": {"mass_send"},
        "email": {"mass_send"},
        "instagram": {"sales", "chatbot"},
        "rcs": {"mass_send", "chatbot"},
        "messenger": {"sales", "chatbot"},
        "webchat": {"sales", "chatbot"},
    }
