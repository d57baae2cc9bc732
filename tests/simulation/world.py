"""A throw-away database with a price list in which prices change while stories are told."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.core.management import call_command
from django.db import connection, transaction

from abono.domain.catalog.actions import know_free_periods
from abono.domain.catalog.models import Channel, Package, Plan, Route, SessionPrice
from tests.simulation.model_facts import ROUTES, Book, Rules
from tests.simulation.model_interactions import Kinds

CENT = 10_000  # millionths
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
# Moments at which prices change: two are midnights of São Paulo, where cycles end, one is any moment.
MAY_20 = datetime(2026, 5, 20, 3, tzinfo=UTC)
MID_JUNE = datetime(2026, 6, 15, 11, 59, 59, 999_999, tzinfo=UTC)
JULY_1 = datetime(2026, 7, 1, 3, tzinfo=UTC)
CHANGES = (MAY_20, MID_JUNE, JULY_1)

NOWHERE = 2_000_000_000  # the number of the route "nowhere", which no catalog has
PACKAGES = ("small", "middle", "big")  # prices fall, values are each contract's own
_PRICES: dict[str, list[tuple[datetime, tuple[int, int, int]]]] = {
    "sms": [(LONG_AGO, (10 * CENT, 85_000, 8 * CENT)), (JULY_1, (12 * CENT, 99_999, 9 * CENT))],
    "whatsapp": [
        (LONG_AGO, (55 * CENT, 53 * CENT, 51 * CENT)),
        (MAY_20, (57 * CENT, 55 * CENT, 52 * CENT)),
        (MID_JUNE, (40 * CENT, 39 * CENT, 1)),
    ],
    "answer": [(LONG_AGO, (30 * CENT, 30 * CENT, 30 * CENT)), (MID_JUNE, (0, 0, 0))],
    "webchat": [(LONG_AGO, (0, 0, 0))],
    "rcs": [(MID_JUNE, (7 * CENT, 6 * CENT, 5 * CENT))],  # had no price before
    "basic rcs": [(LONG_AGO, (2 * CENT, 2 * CENT, 2 * CENT)), (JULY_1, (9 * CENT, 9 * CENT, 4 * CENT))],
    "reply": [(LONG_AGO, (0, 0, 0)), (MAY_20, (4 * CENT, 4 * CENT, 3 * CENT))],
    "dear": [(LONG_AGO, (4 * 10**18, 4 * 10**18, 4 * 10**18))],  # three of them are more than a bigint holds
}
_RULES = {  # of rows that are not drawn by the ordinary ones
    ("rcs", MID_JUNE): Rules("delivered"),
    ("basic rcs", JULY_1): Rules("delivered"),
    ("reply", MAY_20): Rules("delivered", free=3, window="ad_click", hours=72),
}
KINDS: Kinds = {
    "ad_click": [(LONG_AGO, False)],
    "contact_message": [(LONG_AGO, True)],
    "agent_action": [(LONG_AGO, True)],
    "mass_send": [(LONG_AGO, False)],
    "simulated_poll": [(LONG_AGO, False), (MID_JUNE, True)],
    "simulated_call": [(JULY_1, True)],  # unknown before
}


_TABLES = (
    "SELECT quote_ident(relname) FROM pg_class"
    " WHERE (relname LIKE 'metering_%' OR relname LIKE 'licences_%') AND relkind IN ('r', 'p')"
    " AND NOT relispartition AND relname <> 'licences_barred' AND relname <> 'metering_interaction_kind'"
)


@dataclass(frozen=True)
class World:
    """Numbers that the database gave to what stories name."""

    plan: UUID
    packages: dict[str, UUID]
    routes: dict[str, int]
    price_rows: dict[int, tuple[str, str, datetime]]  # package, route, from when on

    @property
    def package_names(self) -> dict[UUID, str]:
        return {number: name for name, number in self.packages.items()}

    @property
    def route_names(self) -> dict[int, str]:
        return {number: name for name, number in self.routes.items()}


def book() -> Book:
    return {
        (package, route): [(since, prices[n], _RULES.get((route, since), Rules())) for since, prices in rows]
        for n, package in enumerate(PACKAGES)
        for route, rows in _PRICES.items()
    }


@contextmanager
def database(number: int = 0) -> Iterator[None]:
    """A new database on the configured server; Django's default connection leads there meanwhile."""
    given = connection.settings_dict
    before, name = given["NAME"], f"abono_simulation_{os.getpid()}_{number}"
    _administer(f"CREATE DATABASE {name}")
    connection.close()
    given["NAME"] = name
    try:
        call_command("migrate", verbosity=0, interactive=False)
        yield
    finally:
        connection.close()
        given["NAME"] = before
        _administer(f"DROP DATABASE {name} WITH (FORCE)")
        connection.close()


@contextmanager
def filled() -> Iterator[World]:
    """The price list and the kinds of contact events, for as long as it lasts."""
    world = _fill()
    try:
        yield world
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM metering_interaction_kind WHERE kind LIKE 'simulated%'")


def clear() -> None:
    """Forget all contracts, not the price list."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        cursor.execute(f"TRUNCATE {', '.join(name for (name,) in cursor.fetchall())}")
    _forget_signed("true", [])


def forget(contracts: list[UUID]) -> None:
    """Forget these; quicker than all."""
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        for (name,) in cursor.fetchall():
            if name not in ("metering_sweep", "metering_late_event", "metering_minute"):
                cursor.execute(f"DELETE FROM {name} WHERE contract_id = ANY (%s)", [contracts])
    _forget_signed("contract_id = ANY (%s)", [contracts])


def _forget_signed(which: str, given: list[list[UUID]]) -> None:
    """Terms are never deleted elsewhere, which the database insists on. A customer has the id of its contract."""
    of = f"WHERE plan_id = (SELECT id FROM catalog_plan WHERE code = 'simulated') AND {which}"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT contract_id FROM contracts_term {of}", given)
        ids = [one for (one,) in cursor.fetchall()]
        cursor.execute("ALTER TABLE contracts_term DISABLE TRIGGER contracts_terms_stay")
        cursor.execute("DELETE FROM contracts_term WHERE contract_id = ANY (%s)", [ids])
        cursor.execute("DELETE FROM contracts_contract WHERE id = ANY (%s)", [ids])
        cursor.execute("DELETE FROM customers_customer WHERE id = ANY (%s)", [ids])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE contracts_term ENABLE TRIGGER contracts_terms_stay")


def _administer(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _fill() -> World:
    for position, code in enumerate(sorted({channel for channel, *_ in ROUTES.values()})):
        Channel.objects.create(
            code=code,
            by_country=code != "webchat",
            position=position,
            uses=["sales", "chatbot"] if code == "webchat" else ["mass_send"],
        )
    routes = {
        name: Route.objects.create(channel_id=channel, kind=kind, country=country).id
        for name, (channel, kind, country) in ROUTES.items()
    }
    packages = {
        name: Package.objects.create(
            code=name, version=1, currency="BRL", value_minor=100 * (n + 1), on_sale_from=LONG_AGO
        ).id
        for n, name in enumerate(PACKAGES)
    }
    plan = Plan.objects.create(
        **{"code": "simulated", "version": 1, "name": "Simulated", "rank": 1, "included_licences": 0},
        **{"function_codes": [], "fingerprint": "", "on_sale_from": LONG_AGO},
    )
    know_free_periods(every="month", zone="America/Sao_Paulo")
    rows = {}
    for (package, route), prices in book().items():
        for since, price, rules in prices:
            row = SessionPrice.objects.create(
                package_id=packages[package],
                route_id=routes[route],
                valid_from=since,
                price_micro=price,
                draws_at=rules.draws_at,
                **_something_free(rules),
            )
            rows[row.pk] = package, route, since
    with connection.cursor() as cursor:
        for kind, dates in KINDS.items():
            for since, counts in dates:
                cursor.execute(
                    "INSERT INTO metering_interaction_kind (kind, valid_from, counts) VALUES (%s, %s, %s)"
                    " ON CONFLICT DO NOTHING",
                    [kind, since, counts],
                )
    return World(plan.id, packages, routes | {"nowhere": NOWHERE}, rows)


def _something_free(rules: Rules) -> dict[str, object]:
    found: dict[str, object] = {}
    if rules.free:
        found |= {
            "free_quantity": rules.free,
            "free_scope": "sender",
            "free_period": "month",
            "free_zone": "America/Sao_Paulo",
        }
    if rules.window:
        found |= {"free_after": rules.window, "free_hours": rules.hours}
    return found
