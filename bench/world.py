"""A throw-away database with a catalog, contracts in an open cycle, and nothing sent yet."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote, urlencode
from uuid import UUID

import psycopg
from django.core.management import call_command
from django.db import connection, transaction
from psycopg import sql

from abono.domain.catalog.models import Channel, Package, Plan, Route, SessionPrice
from abono.domain.contracts import terms
from abono.domain.contracts.models import Contract, Term
from abono.domain.customers.models import Customer
from abono.domain.identity import actions as identity
from abono.flows.licences.proofs import keep_signing_keys
from abono.kernel.ids import public, uuid7
from abono.platform import clock

CONTRACTS = 2_000
COUNTRIES = [f"{letter}{digit}" for letter in "ABCDE" for digit in "0123"]
PRICE_MICRO = 550_000


@dataclass(frozen=True)
class Contracts:
    """What callers of a stage know. The same contract is drawn often: by Zipf's law the first gets a tenth."""

    ids: list[UUID]
    key: str  # an API key that reaches all of them
    route_ids: list[int]

    @property
    def names(self) -> list[str]:
        return [public("ctr", one) for one in self.ids]

    def one(self) -> Contracts:
        """The first contract alone."""
        return Contracts(self.ids[:1], self.key, self.route_ids)

    def drawn(self, count: int, seed: int) -> list[int]:
        """Places in `ids`."""
        weights = [1 / (n + 1) for n in range(len(self.ids))]
        return random.Random(seed).choices(range(len(self.ids)), weights, k=count)  # noqa: S311


@contextmanager
def database() -> Iterator[str]:
    """As `empty`, with the catalog."""
    with empty() as url:
        _catalog()
        yield url


@contextmanager
def empty() -> Iterator[str]:
    """Yields the new database's URL; Django's default connection leads there meanwhile."""
    given = connection.settings_dict
    name = f"abono_bench_{os.getpid()}"
    _administer(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    given["NAME"], before = name, given["NAME"]
    try:
        call_command("migrate", verbosity=0, interactive=False)
        yield _url()
    finally:
        connection.close()
        given["NAME"] = before
        _administer(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.close()


def fill() -> Contracts:
    """Every stage begins alike: no sends, full packages, fresh statistics."""
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE metering_send, metering_settlement, metering_threshold, metering_cycle,"
            " metering_contact_event, metering_interaction,"
            " licences_pool, licences_lease, licences_place, licences_gone, licences_spell, licences_peak"
        )
        cursor.execute(
            "INSERT INTO metering_cycle (contract_id, cycle_start, cycle_end, package_id, value_micro,"
            " ceiling_micro, warn_next_micro, included_interactions)"
            " SELECT c.id, t.start, t.start + interval '30 days', m.package_id, 1e15, 2e15,"
            " metering_warn_next_v1(1e15::bigint, 2e15::bigint, 0::smallint), 1000"
            " FROM contracts_contract c JOIN contracts_term m ON m.id = c.term_id,"
            " (VALUES (%s), (%s), (%s)) t (start)",
            [clock.now() + timedelta(days=n) for n in (-40, -10, 20)],
        )
        cursor.execute("VACUUM ANALYZE metering_cycle, catalog_sessionprice")
        cursor.execute("SELECT pg_has_role('pg_checkpoint', 'usage')")
        if cursor.fetchone()[0]:
            cursor.execute("CHECKPOINT")
    _, key = identity.issue_key(
        name="bench", customer_id=None, scopes=("meter",), expires_at=None, actor="bench", now=clock.now()
    )
    found = Contracts(
        list(Contract.objects.order_by("id").values_list("id", flat=True)),
        key,
        list(Route.objects.order_by("id").values_list("id", flat=True)),
    )
    connection.close()  # stages fork
    return found


def verify(events: int, table: str) -> None:
    """What a stage says that it did is what is in the table."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608
        (stored,) = cursor.fetchone()
    assert stored == events, f"{events} events were answered, {stored} are stored"


def keys(count: int) -> list[str]:
    """UUIDv7 of one moment, quickly."""
    head = f"{time.time_ns() // 1_000_000:012x}"
    head = f"{head[:8]}-{head[8:]}-7"
    made = []
    noise = os.urandom(10 * count).hex()
    for n in range(0, 20 * count, 20):
        made.append(f"{head}{noise[n : n + 3]}-8{noise[n + 3 : n + 6]}-{noise[n + 6 : n + 18]}")
    return made


def _catalog() -> None:
    now = clock.now()
    plan = Plan.objects.create(
        code="expert",
        version=1,
        name="Expert",
        rank=1,
        function_codes=[f"function_{n}" for n in range(12)],
        fingerprint="",
        on_sale_from=now,
    )
    packages = [
        Package(code=f"brl-{n}", version=1, currency="BRL", value_minor=n, fingerprint="", on_sale_from=now)
        for n in (100, 250, 500)
    ]
    Package.objects.bulk_create(packages)
    channel = Channel.objects.create(code="sms", by_country=True, position=1, uses=["mass_send"])
    routes = Route.objects.bulk_create(Route(channel=channel, kind="message", country=c) for c in COUNTRIES)
    SessionPrice.objects.bulk_create(
        SessionPrice(
            package=package, route=route, valid_from=now - timedelta(days=days), price_micro=PRICE_MICRO
        )
        for package in packages
        for route in routes
        for days in (100, 50)
    )
    customers = Customer.objects.bulk_create(
        Customer(
            legal_name=f"Padaria {n}",
            country="BR",
            tax_id=f"{n:014}",
            language="pt-br",
            time_zone="America/Sao_Paulo",
            financial_name="",
            financial_email="a@example.org",
            address={"street": "Rua Um", "city": "São Paulo"},
            created_at=now,
        )
        for n in range(CONTRACTS)
    )
    contracts = [
        Contract(
            id=uuid7(),
            number=f"{n}",
            customer=customer,
            currency="BRL",
            signed_at=now,
            state="active",
            adhesion_date=now.date(),
            cycle_start=now - timedelta(days=10),
            cycle_end=now + timedelta(days=20),
        )
        for n, customer in enumerate(customers)
    ]
    keep_signing_keys(now=now)
    begun = [
        terms.begin_with(
            contract,
            plan_id=plan.id,
            package_id=packages[n % 3].id,
            interval="month",
            actor="bench",
            now=now,
        )
        for n, contract in enumerate(contracts)
    ]
    with transaction.atomic():
        Contract.objects.bulk_create(contracts)
        Term.objects.bulk_create(begun)


def _url() -> str:
    given = connection.settings_dict
    host, port = given["HOST"], given["PORT"]
    user = quote(given["USER"], safe="")
    secret = f":{quote(given['PASSWORD'], safe='')}" if given["PASSWORD"] else ""
    where = "" if host.startswith("/") else f"{host}:{port or 5432}"
    query = urlencode({"host": host, "port": port or 5432}) if host.startswith("/") else ""
    return f"postgresql://{user}{secret}@{where}/{given['NAME']}?{query}".rstrip("?")


def _administer(statement: sql.Composed) -> None:
    connection.close()
    with psycopg.connect(_url(), autocommit=True) as administration:
        administration.execute(statement)
