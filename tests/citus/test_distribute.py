"""`abono citus distribute` on a real cluster: what it leaves behind, and what it says when something is missing."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from abono.domain.metering.layout import CLUSTER, ENTRIES
from abono.platform.postgres import citus, partitions
from tests.domain.metering.world import NOON

pytestmark = pytest.mark.django_db

LOCAL = {"metering_minute", "metering_sweep"}  # of the coordinator only
COPIED = {"catalog_route", "catalog_sessionprice", "metering_interaction_kind"}


def test_every_table_of_metering_has_its_place():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, d.partmethod::text, d.colocationid FROM pg_class c"
            " LEFT JOIN pg_dist_partition d ON d.logicalrelid = c.oid"
            " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition"
            " AND (c.relname LIKE 'metering\\_%%' OR c.relname = ANY (%s))",
            [list(COPIED)],
        )
        rows = cursor.fetchall()
    assert {name for name, how, _ in rows if how is None} == LOCAL
    assert {name for name, how, _ in rows if how == "n"} == COPIED
    assert len({together for _, how, together in rows if how == "h"}) == 1


def test_a_second_time_there_is_nothing_to_do():
    said = StringIO()
    call_command("citus", "distribute", check=True, stdout=said)
    call_command("citus", "distribute", stdout=said)
    assert said.getvalue() == "Nothing is missing.\n" * 2
    assert citus.distributed()


def test_what_is_missing_is_said_and_done():
    function = (
        "metering_record_contract_v1(uuid,uuid[],integer[],timestamp with time zone[],text[],smallint[],"
        "uuid[],text[],smallint[])"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER FUNCTION {function} SET plan_cache_mode = force_generic_plan")
    said = StringIO()
    with pytest.raises(CommandError, match="1 steps are missing"):
        call_command("citus", "distribute", check=True, stdout=said)
    assert said.getvalue() == f"plan {function} for the key at hand\n"
    call_command("citus", "distribute", stdout=StringIO())
    assert citus.missing(CLUSTER) == []


def test_a_new_month_is_distributed_as_it_is_made():
    made = partitions.create_ahead(ENTRIES, now=NOON, ahead=1)
    assert made == [
        f"metering_{table}_p{month}" for month in ("202606", "202607") for table in ("send", "settlement")
    ]
    assert citus.missing(CLUSTER) == []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT colocationid) FROM pg_dist_partition WHERE logicalrelid = ANY (%s::regclass[])",
            [["metering_cycle", *made]],
        )
        assert cursor.fetchone() == (1,)
