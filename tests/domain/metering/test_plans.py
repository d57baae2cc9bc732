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


@pytest.fixture(params=["nobody looked", "autovacuum looked while it was nearly empty"])
def grown_since_planned(request: pytest.FixtureRequest, padaria: Contract, luna: Contract) -> Contract:
    """Padaria's tables grow by many rows behind the back of plans that saw them empty."""
    if request.param != "nobody looked":
        luna.hold("looked at")
        _look()
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


def test_one_id_is_found_by_the_key_even_where_statistics_say_that_there_is_one_row(luna: Contract):
    luna.hold("the only one")
    _look()
    probe = "SELECT price_micro FROM metering_send_other WHERE contract_id = $1 AND send_id = $2"
    by_key = (
        "Index Scan using metering_send_other_pkey on metering_send_other\n"
        "  Index Cond: ((contract_id = $1) AND (send_id = $2))"
    )
    assert _plan(probe) == by_key
    _execute("CREATE INDEX for_anybody ON metering_send_other (contract_id, held_at)")
    assert _plan(probe) == (  # why the index by time is for those only who say that they look by time
        "Index Scan using for_anybody on metering_send_other\n"
        "  Index Cond: (contract_id = $1)\n"
        "  Filter: (send_id = $2)"
    )
    _execute("DROP INDEX for_anybody")
    by_time = "SELECT held_at FROM metering_send_other WHERE contract_id = $1 AND held_at > '-infinity' AND send_id <> $2"
    assert "Index Scan using metering_send_other_by_time" in _plan(f"{by_time} ORDER BY held_at")


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


def _look() -> None:
    """What autovacuum does now and then."""
    for name in _rows("SELECT relname FROM pg_class WHERE relname ~ %s AND relkind = 'r'", TABLES):
        _execute(f"ANALYZE {name}")


def _plan(statement: str) -> str:
    """How a statement of one contract and one id is planned for good, with the settings of the hot functions."""
    _execute("SET LOCAL plan_cache_mode = force_generic_plan")
    _execute("SET LOCAL enable_seqscan = off")
    _execute("SET LOCAL enable_bitmapscan = off")
    _execute(f"PREPARE probe (uuid, uuid) AS {statement}")
    plan = "\n".join(_rows("EXPLAIN (COSTS OFF) EXECUTE probe (gen_random_uuid(), gen_random_uuid())"))
    _execute("DEALLOCATE probe")
    return plan


def _rows(statement: str, *arguments: object) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments or None)  # type: ignore[arg-type]
        return [row[0] for row in cursor.fetchall()]


def _execute(statement: str, *arguments: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments or None)  # type: ignore[arg-type]
