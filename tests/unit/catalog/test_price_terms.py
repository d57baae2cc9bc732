"""By which rules a row of prices is drawn, as the catalog file says it (CAT-9)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from abono.domain.catalog import reader
from abono.domain.catalog.content import SessionPriceEntry
from abono.domain.catalog.reader import SHIPPED
from abono.domain.catalog.types import ORDINARY, Cost, FreeQuantity, FreeWindow, Terms
from tests.unit.catalog.test_reader import broken

TEXT = SHIPPED.read_text()
ZONE = "America/Sao_Paulo"
SMS = "each: [0.10, 0.085, 0.08, 0.075, 0.07]"
BEFORE, SINCE_JULY = datetime(2024, 1, 1, 3, tzinfo=UTC), datetime(2025, 7, 1, 3, tzinfo=UTC)
SINCE_OCTOBER = datetime(2026, 10, 1, 3, tzinfo=UTC)


def rows(kind: str, country: str, text: str = TEXT, package: str = "brl-100") -> list[SessionPriceEntry]:
    catalog = reader.parse(text.encode(), name="my.yaml")
    prices = next(entry.prices for entry in catalog.packages if entry.code == package)
    return [price for price in prices if price.route == ("whatsapp", kind, country)]


@pytest.mark.rule("CAT-9", part="WhatsApp before and since 2025-07-01")
@pytest.mark.rule("CAT-6", part="rules of a channel as rows")
@pytest.mark.parametrize(("package", "country"), [("brl-2000", "BR"), ("usd-400", "CO")])
def test_whatsapp_counted_conversations_of_24_hours_and_counts_templates(package: str, country: str):
    old, new = rows("company", country, package=package)
    assert (old.valid_from, new.valid_from) == (BEFORE, SINCE_JULY)
    assert (old.terms.unit, new.terms.unit) == ("session", "message")
    assert old.price_micro == new.price_micro
    assert (old.terms.draws_at, new.terms.draws_at) == ("sent", "sent")  # PKG-4, as shipped


@pytest.mark.rule("CAT-9", part="WhatsApp since 2026-10-01")
@pytest.mark.rule("CAT-6", part="rules of a channel as rows")
@pytest.mark.parametrize(("package", "country"), [("brl-100", "BR"), ("usd-20", "MX")])
def test_whatsapp_counts_replies_that_are_delivered_after_a_thousand_of_each_number(
    package: str, country: str
):
    free, counted = rows("reply", country, package=package)
    assert (free.price_micro, free.terms.unit, free.terms.free) == (0, "message", None)
    assert counted.valid_from == SINCE_OCTOBER
    assert counted.price_micro > 0
    assert counted.terms == Terms(
        unit="message",
        draws_at="delivered",
        zone=ZONE,
        free=FreeQuantity(1_000, "sender", "month", ZONE),
        window=FreeWindow("ad_click", 168),
    )


@pytest.mark.rule("CAT-9", part="unit")
def test_what_a_row_does_not_say_is_ordinary():
    catalog = reader.read(SHIPPED)
    prices = next(entry.prices for entry in catalog.packages if entry.code == "brl-100")
    [sms] = [price for price in prices if price.channel == "sms"]
    [voice] = [price for price in prices if price.channel == "voice"]
    assert sms.terms == Terms(zone=ZONE)
    assert (sms.terms.unit, sms.terms.draws_at, sms.cost) == (ORDINARY.unit, ORDINARY.draws_at, None)
    assert voice.terms.unit == "minute"


@pytest.mark.rule("CAT-9", part="what it costs the seller")
def test_what_a_unit_costs_the_seller_has_a_currency_of_its_own():
    assert rows("reply", "BR")[1].cost == Cost(35_000, "BRL")
    dearer = TEXT.replace("cost: {each: 0.035, currency: BRL}", "cost: {each: 0.006812, currency: USD}")
    assert rows("reply", "BR", dearer)[1].cost == Cost(6_812, "USD")


@pytest.mark.rule("CAT-6", part="rules of a channel as rows")
def test_a_day_begins_in_the_zone_that_its_row_names():
    elsewhere = TEXT.replace("zone: America/Sao_Paulo, draws_at", "zone: UTC, draws_at")
    counted = rows("reply", "BR", elsewhere)[1]
    assert counted.valid_from == datetime(2026, 10, 1, tzinfo=UTC)
    assert counted.terms.free == FreeQuantity(1_000, "sender", "month", "UTC")
    assert rows("company", "BR", elsewhere)[1].valid_from == SINCE_JULY  # the others keep the file's


@pytest.mark.rule("CAT-8", part="refused whole, with line and reason")
@pytest.mark.rule("CAT-9", part="free quantity")
@pytest.mark.parametrize(
    ("more", "field", "reason"),
    [
        ("unit: token", "unit", "'token' is not known here"),
        ("draws_at: read", "draws_at", "'read' is not known here"),
        ("zone: Brazil", "zone", "'Brazil' is not a time zone"),
        ("free: 1000", "free", "expected a mapping"),
        ("free: {quantity: 1000, per: sender}", "free", "every is missing"),
        ("free: {quantity: 0, per: sender, every: month}", "free.quantity", "0 is out of bounds"),
        ("free: {quantity: 1000, per: contact, every: month}", "free.per", "'contact' is not known here"),
        ("free: {quantity: 1000, per: sender, every: week}", "free.every", "'week' is not known here"),
        ("free: {quantity: 1, per: sender, every: day, zone: x}", "free.zone", "'x' is not a time zone"),
        ("free_window: {after: ad_click}", "free_window", "hours is missing"),
        ("free_window: {after: ad_click, hours: 721}", "free_window.hours", "721 is out of bounds"),
        ("free_window: {after: Ad Click, hours: 72}", "free_window.after", "'Ad Click' cannot be a code"),
        ("cost: 0.03", "cost", "expected a mapping"),
        ("cost: {each: -1, currency: BRL}", "cost.each", "'-1' is negative"),
        ("cost: {each: 0.0000001, currency: BRL}", "cost.each", "more than 6 decimals"),
        ("cost: {each: 0.03, currency: EUR}", "cost.currency", "'EUR' is not known here"),
    ],
)
def test_a_mistake_in_the_rules_is_named_with_its_line(more: str, field: str, reason: str):
    (problem, *others), line = broken(SMS, f"{SMS}, {more}")
    assert not others
    assert (problem.line, problem.path) == (line, f"packages.BRL.session_prices[3].{field}")
    assert reason in problem.reason
