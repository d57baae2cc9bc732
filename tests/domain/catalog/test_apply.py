from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from abono.domain.catalog import actions, queries
from abono.domain.catalog.content import Action, Catalog, Changes
from abono.domain.catalog.errors import ChannelScopeFixed, PackageNotOnSale, PlanNotOnSale
from abono.domain.catalog.in_force import in_force
from abono.domain.catalog.models import Channel, Function, Package, Plan, PlanPrice, Route, SessionPrice
from abono.platform.models import Event
from tests.domain.catalog.edits import (
    AUGUST_1,
    JULY_1,
    JUNE_1,
    SHIPPED_CATALOG,
    package,
    sell_shipped,
    with_package,
    with_plan,
    with_price,
    without,
)

pytestmark = pytest.mark.django_db


def apply(catalog: Catalog, now: datetime) -> Changes:
    return actions.apply(catalog=catalog, actor="person:olga", now=now)


def told(changes: Changes) -> list[str]:
    return [str(change) for change in changes]


def counts() -> list[int]:
    tables = (Function, Channel, Route, Plan, PlanPrice, Package, SessionPrice, Event)
    return [table.objects.count() for table in tables]


@pytest.mark.rule("CAT-8", part="applied")
def test_the_shipped_catalog_is_put_on_sale() -> None:
    changes = apply(SHIPPED_CATALOG, JUNE_1)
    assert changes.codes("plan", Action.NEW) == {plan.code for plan in SHIPPED_CATALOG.plans}
    assert changes.codes("package", Action.NEW) == {entry.code for entry in SHIPPED_CATALOG.packages}
    assert in_force() == SHIPPED_CATALOG
    # Routes: 6 kinds by country in Brazil and 19 more countries, 4 kinds worldwide.
    assert Route.objects.count() == 6 * 20 + 4
    event = Event.objects.get()
    assert (event.name, event.actor, event.happened_at) == ("catalog.applied", "person:olga", JUNE_1)
    assert event.data["changes"][-1]["what"] == "package usd-400: new"


@pytest.mark.rule("CAT-8")
def test_applying_the_same_catalog_again_changes_nothing() -> None:
    sell_shipped()
    before = counts()
    assert not queries.diff(SHIPPED_CATALOG, now=JULY_1)
    assert not apply(SHIPPED_CATALOG, JULY_1)
    assert counts() == before


@pytest.mark.rule("CAT-8", part="compared")
def test_a_comparison_says_what_applying_would_do_and_writes_nothing() -> None:
    sell_shipped()
    before = counts()
    wanted = without(with_plan("expert", credits=2_500), plan="starter", package="usd-20")
    said = queries.diff(wanted, now=JULY_1)
    assert told(said) == ["plan expert: new version", "plan starter: withdrawn", "package usd-20: withdrawn"]
    assert said.changes[0].details == ("interactions a month: 2000 → 2500",)
    assert counts() == before
    assert apply(wanted, JULY_1) == said


@pytest.mark.rule("CAT-5", part="new version for new contracts")
def test_a_changed_plan_gets_a_new_version_and_the_old_one_stays_as_it_was() -> None:
    sell_shipped()
    old = queries.plan_on_sale(code="expert", at=JUNE_1)
    expert = next(plan for plan in SHIPPED_CATALOG.plans if plan.code == "expert")
    dearer = tuple(
        replace(price, price_minor=1_900_00) if price.currency == "BRL" else price for price in expert.prices
    )
    changes = apply(with_plan("expert", prices=dearer), JULY_1)

    assert changes.changes[0].details == (
        "BRL 1,800.00 a month (activation 649.00, extra interaction 2.0000, extra licence 160.00)"
        " → BRL 1,900.00 a month (activation 649.00, extra interaction 2.0000, extra licence 160.00)",
    )
    new = queries.plan_on_sale(code="expert", at=JULY_1)
    assert (old.version, new.version) == (1, 2)
    assert queries.plan_on_sale(code="expert", at=JULY_1 - timedelta(microseconds=1)) == old
    assert queries.plan(old.id) == old
    assert queries.plan_price(plan_id=old.id, currency="BRL", interval="month").price_minor == 1_800_00
    assert queries.plan_price(plan_id=new.id, currency="BRL", interval="month").price_minor == 1_900_00
    assert Plan.objects.count() == 6  # the other four are untouched


@pytest.mark.rule("CAT-5")
def test_gained_and_lost_functions_are_told_by_name() -> None:
    sell_shipped()
    starter = next(plan for plan in SHIPPED_CATALOG.plans if plan.code == "starter")
    functions = tuple(sorted({*starter.functions, "tickets"} - {"basic-reports"}))
    [change] = apply(with_plan("starter", functions=functions), JULY_1)
    assert change.details == ("function gained: tickets", "function lost: basic-reports")


def test_what_is_left_out_is_withdrawn_and_can_come_back_as_a_new_version() -> None:
    sell_shipped()
    apply(without(SHIPPED_CATALOG, plan="starter", package="brl-100"), JULY_1)
    with pytest.raises(PlanNotOnSale):
        queries.plan_on_sale(code="starter", at=JULY_1)
    with pytest.raises(PackageNotOnSale):
        queries.package_on_sale(code="brl-100", at=JULY_1)

    changes = apply(SHIPPED_CATALOG, AUGUST_1)
    assert told(changes) == ["plan starter: new", "package brl-100: new"]
    assert queries.plan_on_sale(code="starter", at=AUGUST_1).version == 2
    assert queries.package_on_sale(code="brl-100", at=AUGUST_1).version == 2
    with pytest.raises(PlanNotOnSale):
        queries.plan_on_sale(code="starter", at=AUGUST_1 - timedelta(days=1))


@pytest.mark.rule("CAT-5", part="new version for new contracts")
@pytest.mark.parametrize(
    "edit",
    [
        with_package("brl-100", value_minor=120_00),
        with_package("brl-100", prices=package("brl-100").prices[1:]),  # a price less
        with_price("brl-100", 90_000, since=datetime(2026, 1, 1, tzinfo=UTC)),  # a price of the past
        with_price("brl-100", 90_000, since=JULY_1),  # and one of this very moment
    ],
    ids=["value", "removed row", "row of the past", "row of now"],
)
def test_a_changed_package_gets_a_new_version_and_the_old_one_stays_as_it_was(edit: Catalog) -> None:
    sell_shipped()
    old = queries.package_on_sale(code="brl-100", at=JUNE_1)
    prices = queries.session_prices(package_id=old.id, at=AUGUST_1)
    assert told(apply(edit, JULY_1)) == ["package brl-100: new version"]
    new = queries.package_on_sale(code="brl-100", at=JULY_1)
    assert (old.version, new.version) == (1, 2)
    assert queries.package(old.id) == old
    assert queries.session_prices(package_id=old.id, at=AUGUST_1) == prices
    assert in_force() == edit


@pytest.mark.rule("CAT-6", part="row in force when it happened")
def test_a_price_with_a_later_date_joins_the_version_on_sale() -> None:
    sell_shipped()
    sold = queries.package_on_sale(code="brl-100", at=JUNE_1)
    wanted = with_price("brl-100", 95_000, since=AUGUST_1)
    [change] = apply(wanted, JULY_1)
    assert str(change) == "package brl-100: later prices"
    assert change.details == ("sms message BR from 2026-08-01T12:00+00:00: no price → 0.0950",)
    assert queries.package_on_sale(code="brl-100", at=JULY_1) == sold
    assert not apply(wanted, AUGUST_1 + timedelta(days=9))  # the day has come, and it is in force already


def test_one_change_in_many_countries_is_told_in_one_line() -> None:
    sell_shipped()
    cheaper = tuple(
        replace(row, price_micro=18_000) if row.route[:2] == ("whatsapp", "contact") else row
        for row in package("usd-20").prices
    )
    [change] = queries.diff(with_package("usd-20", prices=cheaper), now=JULY_1)
    assert change.details == (
        "whatsapp contact AR, BO, CL, CO, CR, DO, EC, GT, HN, MX, NI, PA, PE, PR, PY, SV, US, UY, VE"
        " from 2024-01-01T03:00+00:00: 0.0185, a session → 0.0180, a session",
    )


@pytest.mark.rule("CAT-6")
def test_a_price_between_two_announced_ones_is_a_new_version() -> None:
    apply(with_price("brl-100", 95_000, since=AUGUST_1), JUNE_1)
    wanted = with_price(
        "brl-100", 97_000, since=JULY_1, catalog=with_price("brl-100", 95_000, since=AUGUST_1)
    )
    assert told(apply(wanted, JUNE_1 + timedelta(days=1))) == ["package brl-100: new version"]


def test_names_order_and_uses_change_without_new_versions() -> None:
    sell_shipped()
    function = replace(SHIPPED_CATALOG.functions[0], labels={"es": "Uno", "pt-br": "Um", "en": "One"})
    channel = replace(SHIPPED_CATALOG.channels[1], uses=("mass_send", "sales"))
    wanted = replace(
        SHIPPED_CATALOG,
        functions=(function, *SHIPPED_CATALOG.functions[1:]),
        channels=(SHIPPED_CATALOG.channels[0], channel, *SHIPPED_CATALOG.channels[2:]),
    )
    plan = queries.plan_on_sale(code="specialist", at=JULY_1)
    assert "Uno" not in queries.functions_of(plan, language="es")
    assert told(apply(wanted, JULY_1)) == ["function unified-inbox: updated", "channel sms: updated"]
    assert queries.function_labels(language="es")["unified-inbox"] == "Uno"
    assert queries.functions_of(plan, language="es")[0] == "Uno"  # what a page says
    assert Plan.objects.count() == 5
    assert Package.objects.count() == 10


def test_a_channel_in_force_cannot_move_between_countries_and_the_world() -> None:
    sell_shipped()
    before = counts()
    channels = tuple(
        replace(channel, by_country=True) if channel.code == "email" else channel
        for channel in SHIPPED_CATALOG.channels
    )
    wanted = with_plan("expert", replace(SHIPPED_CATALOG, channels=channels), credits=1)
    for act in (queries.diff, lambda catalog, now: apply(catalog, now)):
        with pytest.raises(ChannelScopeFixed, match="email"):
            act(wanted, now=JULY_1)
    assert counts() == before
