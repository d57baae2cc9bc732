"""Without HTTP: the bare insert, the ORM's way, one function call per event, batches."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from datetime import datetime
from itertools import count, repeat
from time import perf_counter
from typing import Any, ClassVar
from uuid import UUID

import psycopg
from django.db import connection, models, transaction

from abono.domain.catalog.models import SessionPrice
from abono.domain.interactions.hot import OBSERVE
from abono.domain.metering import hot
from abono.domain.settings.known import LATE_GRACE
from abono.platform import clock
from abono.platform.postgres.arrays import literal
from bench.report import Measured
from bench.world import PRICE_MICRO, Contracts, keys

CLIENTS = 16  # for one event at a time
BATCH = 1_000

type Call = Callable[[list[int], list[str]], None]  # places of contracts, keys of sends


def insert_limit(contracts: Contracts, url: str, seconds: float) -> Measured:
    """The same rows with no rule at all: what the table and its index cost."""

    def prepare() -> Call:
        database = _connect(url)
        texts = [str(one) for one in contracts.ids]
        at, start = clock.now(), clock.now()
        routes = contracts.route_ids

        def call(places: list[int], sends: list[str]) -> None:
            database.execute(
                "INSERT INTO metering_send (contract_id, send_id, cycle_start, held_at, price_micro, left_micro,"
                " route_id, price_id, total_micro)"
                " SELECT x.contract, x.send, %s, %s, %s, %s, x.route, x.route, %s"
                " FROM unnest(%s::uuid[], %s::uuid[], %s::integer[]) x (contract, send, route)",
                (
                    start,
                    at,
                    PRICE_MICRO,
                    PRICE_MICRO,
                    PRICE_MICRO,
                    literal(texts[place] for place in places),
                    literal(sends),
                    literal(str(routes[place % len(routes)]) for place in places),
                ),
            )

        return call

    return _measure(
        "INSERT … SELECT unnest, 1,000 rows, 1 client, no rules", prepare, contracts, seconds, 1, BATCH
    )


def function(contracts: Contracts, url: str, seconds: float) -> Measured:
    return _measure(
        f"one call of the SQL function per event, {CLIENTS} clients",
        lambda: _hold(contracts, url),
        contracts,
        seconds,
        CLIENTS,
        1,
    )


def batch_1000(contracts: Contracts, url: str, seconds: float) -> Measured:
    return _measure(
        "one call of the SQL function per 1,000 events, 1 client",
        lambda: _hold(contracts, url),
        contracts,
        seconds,
        1,
        BATCH,
    )


def batch_1000_one(contracts: Contracts, url: str, seconds: float) -> Measured:
    return _measure(
        "the same, all on one contract",
        lambda: _hold(contracts.one(), url),
        contracts.one(),
        seconds,
        1,
        BATCH,
    )


def settle_batch_1000(contracts: Contracts, url: str, seconds: float) -> Measured:
    """Sends that were held before are settled; only settling is timed."""
    database, texts = _connect(url), [str(one) for one in contracts.ids]
    hold, drawn, now = _hold(contracts, url), contracts.drawn(100_000, 1), clock.now()
    batches = [(drawn[n * BATCH % 99_000 :][:BATCH], keys(BATCH)) for n in range(int(40 * seconds))]
    for places, sends in batches:
        hold(places, sends)
    took = []
    for places, sends in batches:
        before = perf_counter()
        row = database.execute(
            hot.SETTLE.statement,
            hot.ends(
                (texts[place] for place in places), repeat(now, BATCH), sends, repeat(hot.how(1), BATCH)
            ),
        ).fetchone()
        took.append(perf_counter() - before)
        assert row is not None
        assert set(row[0]) == {1}
    return Measured("settlements, 1,000 a call, 1 client", BATCH * len(took), sum(took), took)


def interactions_batch_1000(contracts: Contracts, url: str, seconds: float) -> Measured:
    """Messages of contacts, in order; two of three lie in an interaction that is open."""

    def prepare() -> Call:
        database = _connect(url)
        texts = [str(one) for one in contracts.ids]
        counted = count()

        def call(places: list[int], sends: list[str]) -> None:
            now = clock.now()
            row = database.execute(
                OBSERVE.statement,
                OBSERVE.arguments(
                    [
                        [texts[place] for place in places],
                        sends,
                        [f"00000000-0000-8000-8000-{next(counted) // 3:012x}" for _ in places],
                        ["sms"] * len(places),
                        ["contact_message"] * len(places),
                        [now] * len(places),
                        [now] * len(places),
                        [LATE_GRACE.shipped] * len(places),
                    ]
                ),
            ).fetchone()
            assert row is not None
            assert set(row[0]) <= {1, 2}

        return call

    return _measure("contact events, 1,000 a call, 1 client", prepare, contracts, seconds, 1, BATCH)


def _hold(contracts: Contracts, url: str) -> Call:
    database = _connect(url)
    texts = [str(one) for one in contracts.ids]
    routes = [hot.what(route) for route in contracts.route_ids]

    def call(places: list[int], sends: list[str]) -> None:
        at = clock.now()
        row = database.execute(
            hot.HOLD.statement,
            hot.sends(
                (texts[place] for place in places),
                repeat(at, len(places)),
                sends,
                (routes[place % len(routes)] for place in places),
                repeat("NULL", len(places)),
                repeat(None, len(places)),
            ),
        ).fetchone()
        assert row is not None
        assert set(row[0]) == {1}

    return call


class Cycle(models.Model):
    """What an ORM makes of the table, for the naive way."""

    pk = models.CompositePrimaryKey("contract_id", "cycle_start")
    contract_id = models.UUIDField()
    cycle_start = models.DateTimeField()
    cycle_end = models.DateTimeField()
    package_id = models.UUIDField()
    ceiling_micro = models.BigIntegerField()
    held_micro = models.BigIntegerField()
    used_micro = models.BigIntegerField()
    blocked_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[Cycle]] = models.Manager()

    class Meta:
        app_label = "metering"
        managed = False
        db_table = "metering_cycle"


class Send(models.Model):
    pk = models.CompositePrimaryKey("contract_id", "send_id")
    contract_id = models.UUIDField()
    send_id = models.UUIDField()
    cycle_start = models.DateTimeField()
    held_at = models.DateTimeField()
    price_micro = models.BigIntegerField()
    left_micro = models.BigIntegerField()
    route_id = models.IntegerField()

    objects: ClassVar[models.Manager[Send]] = models.Manager()

    class Meta:
        app_label = "metering"
        managed = False
        db_table = "metering_send"


def naive(contracts: Contracts, url: str, seconds: float) -> Measured:
    """As one writes it first: lock the row, look, check, insert, save, in one transaction per event."""

    def prepare() -> Call:
        def call(places: list[int], sends: list[str]) -> None:
            contract, at = contracts.ids[places[0]], clock.now()
            route = contracts.route_ids[places[0] % len(contracts.route_ids)]
            assert _naive_hold(contract, UUID(sends[0]), route, at) == "held"

        return call

    how = f"Django's ORM: select_for_update, checks, create, save per event, {CLIENTS} clients"
    return _measure(how, prepare, contracts, seconds, CLIENTS, 1)


def _naive_hold(contract: UUID, send: UUID, route: int, at: datetime) -> str:
    with transaction.atomic():
        cycle = Cycle.objects.select_for_update().get(
            contract_id=contract, cycle_start__lte=at, cycle_end__gt=at
        )
        if Send.objects.filter(contract_id=contract, send_id=send).exists():
            return "replayed"
        price = (
            SessionPrice.objects.filter(package_id=cycle.package_id, route_id=route, valid_from__lte=at)
            .order_by("-valid_from")
            .first()
        )
        if price is None:
            return "no_price"
        left = cycle.ceiling_micro - cycle.held_micro - cycle.used_micro - price.price_micro
        if cycle.blocked_at or left < 0:
            return "blocked"
        Send.objects.create(
            contract_id=contract,
            send_id=send,
            cycle_start=cycle.cycle_start,
            held_at=at,
            price_micro=price.price_micro,
            left_micro=left,
            route_id=route,
        )
        cycle.held_micro += price.price_micro
        cycle.save(update_fields=["held_micro"])
        return "held"


def _connect(url: str) -> psycopg.Connection:
    database = psycopg.connect(url, autocommit=True)
    database.prepare_threshold = 0
    return database


def _measure(
    how: str, prepare: Callable[[], Call], contracts: Contracts, seconds: float, clients: int, size: int
) -> Measured:
    """`clients` processes that call without pause for `seconds`."""
    context = multiprocessing.get_context("fork")
    start, answers = context.Barrier(clients), context.SimpleQueue()
    processes = [
        context.Process(target=_client, args=(prepare, contracts, seconds, size, n, start, answers))
        for n in range(clients)
    ]
    for process in processes:
        process.start()
    found = [answers.get() for _ in processes]
    for process in processes:
        process.join()
    latencies = [one for _, took in found for one in took]
    return Measured(how, size * len(latencies), max(wall for wall, _ in found), latencies)


def _client(
    prepare: Callable[[], Call],
    contracts: Contracts,
    seconds: float,
    size: int,
    seed: int,
    start: Any,
    answers: Any,
) -> None:
    call = prepare()
    drawn = contracts.drawn(100_000, seed)
    took: list[float] = []
    start.wait()
    begun = now = perf_counter()
    while now < begun + seconds:
        first = len(took) * size % (len(drawn) - size)
        sends = keys(size)
        before = perf_counter()
        call(drawn[first : first + size], sends)
        now = perf_counter()
        took.append(now - before)
    answers.put((now - begun, took))
    connection.close()
