"""The hot functions look people up by key, also when their plans were made while the tables were empty."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection

from abono.domain.licences import actions, hot
from abono.domain.licences.types import Op, Status
from abono.flows.licences.policy import SHIPPED
from tests import sql
from tests.domain.licences.office import Office, own
from tests.world import load_catalog, make_padaria

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gateway")]

GROWN, ASKED = 5_000, 20
TABLES = "^licences_(pool|lease|place|spell|gone|peak)$"


@pytest.fixture
def office() -> Office:
    """Five thousand more are in, behind the back of plans that saw hardly anybody."""
    load_catalog()
    office = Office(make_padaria())
    sql.run("DISCARD PLANS")
    for op in (Op.CLAIM, Op.BEAT, Op.WAIT, Op.RELEASE):
        _ask(office, op, ["planned"])
    own(office.tenant.contract_id, 2 * GROWN, at=office.now)
    sql.run(
        "INSERT INTO licences_lease (contract_id, person, ids, since, until, lapses_at, active_at)"
        " SELECT %s, 'p' || n, ARRAY['p' || n], x.now, x.now + interval '5 min', x.now + interval '5 min', x.now"
        " FROM generate_series(1, %s) n, (SELECT %s::timestamptz AS now) x",
        office.tenant.contract_id,
        GROWN,
        office.now,
    )
    sql.run("UPDATE licences_pool SET held = held + %s", GROWN)
    return office


def test_plans_made_over_empty_tables_stay_index_probes(office: Office):
    new, old = [f"new{n}" for n in range(ASKED)], [f"p{n}" for n in range(1, ASKED + 1)]
    asked = [
        (Op.CLAIM, new, Status.GRANTED),
        (Op.CLAIM, new, Status.HAD),
        (Op.BEAT, old, Status.STILL),
        (Op.RELEASE, old, Status.RELEASED),
    ]
    for op, people, status in asked:
        told, scans, read = _work(lambda op=op, people=people: _ask(office, op, people))
        assert {one.status for one in told} == {status}
        assert scans == 0
        assert read < 10 * ASKED  # rows touched; who walked through all leases would read 5,000 for each


def _ask(office: Office, op: Op, people: list[str]) -> list[actions.Answered]:
    contract = str(office.tenant.contract_id)
    rows = [hot.event(contract, office.now, SHIPPED, op, person, person) for person in people]
    return actions.beat(rows) if op is Op.BEAT else actions.decide(rows)


def _work(call: Callable[[], list[actions.Answered]]) -> tuple[list[actions.Answered], int, int]:
    """What it says, and sequential scans and rows read by index meanwhile, over all tables of licences."""
    before = _counters()
    told = call()
    after = _counters()
    return told, after[0] - before[0], after[1] - before[1]


def _counters() -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(seq_scan), sum(idx_tup_fetch) FROM pg_stat_xact_user_tables WHERE relname ~ %s",
            [TABLES],
        )
        scans, read = cursor.fetchone()
        return int(scans), int(read)
