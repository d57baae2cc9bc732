"""The hot functions look rows up by index, also when their plans were made while the tables were empty."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection

from abono.domain.interactions import actions as interactions
from abono.domain.metering import actions as metering
from abono.domain.metering.types import Outcome, SettleRequest
from abono.kernel.ids import event_key
from tests.domain.metering.world import DAY, HOUR, JUNE_1, NOON, Contract

TABLES = (
    "^metering_(cycle|send_.*|settlement_.*|contact_event|interaction|use_apart)$"  # with every partition
)
GROWN = 20_000


@pytest.fixture
def grown_since_planned(padaria: Contract, luna: Contract) -> Contract:
    """Padaria's tables grow by many rows behind the back of plans that saw them empty."""
    _as_if_nobody_had_looked()
    _execute("DISCARD PLANS")
    metering.record([luna.request("planned")])
    metering.settle([SettleRequest(luna.id, event_key("planned"), Outcome.SENT, NOON)])
    interactions.observe([luna.event("planned", NOON), luna.event("late", NOON - 3 * DAY)])
    _execute(
        "INSERT INTO metering_send SELECT %s, overlay(gen_random_uuid()::text PLACING 'ff' FROM 1)::uuid, %s, %s, 0, 0, %s"
        " FROM generate_series(1, %s)",
        padaria.id,
        JUNE_1,
        NOON,
        padaria.world.webchat,
        GROWN,
    )
    _execute(
        "INSERT INTO metering_settlement SELECT contract_id, send_id, held_at, 2 FROM metering_send"
        " WHERE contract_id = %s",
        padaria.id,
    )
    _execute(
        "INSERT INTO metering_contact_event SELECT %s, gen_random_uuid(), gen_random_uuid(), %s, 'sms', 'x', false"
        " FROM generate_series(1, %s)",
        padaria.id,
        NOON,
        GROWN,
    )
    return padaria


def test_plans_made_over_empty_tables_stay_index_probes(grown_since_planned: Contract):
    contract = grown_since_planned
    requests = [contract.request(f"{n}") for n in range(100)]
    settlements = [SettleRequest(contract.id, event_key(f"{n}"), Outcome.SENT, NOON) for n in range(100)]
    events = [contract.event(f"{n}", NOON + n * HOUR, contact=f"{n % 7}") for n in range(100)]
    late = [contract.event(f"late {n}", NOON - n * HOUR, contact=f"{n % 7}") for n in range(100)]
    calls: list[Callable[[], object]] = [
        lambda: metering.hold(requests),
        lambda: metering.hold(requests),  # replays
        lambda: metering.settle(settlements),
        lambda: metering.record(requests),
        lambda: interactions.observe(events),
        lambda: interactions.observe(late),
    ]
    for call in calls:
        scans, read = _work(call)
        assert scans == 0
        assert read < 100 * 30  # rows touched per event; a scan of the grown tables would read 20,000


def _work(call: Callable[[], object]) -> tuple[int, int]:
    """Sequential scans and rows read by index during a call, over all tables of metering."""
    before = _counters()
    call()
    after = _counters()
    return after[0] - before[0], after[1] - before[1]


def _counters() -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(seq_scan), sum(idx_tup_fetch) FROM pg_stat_xact_user_tables WHERE relname ~ %s",
            [TABLES],
        )
        scans, read = cursor.fetchone()
        return int(scans), int(read)


def _as_if_nobody_had_looked() -> None:
    """Until the test is rolled back: autovacuum may have counted the few rows of tests before, and then plans are
    made for a table of one row."""
    _execute("UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE relname ~ %s AND relkind = 'r'", TABLES)
    _execute(
        "DELETE FROM pg_statistic s USING pg_class c WHERE c.oid = s.starelid AND c.relname ~ %s", TABLES
    )


def _execute(statement: str, *arguments: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments or None)  # type: ignore[arg-type]
