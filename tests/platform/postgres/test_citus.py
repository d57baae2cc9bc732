"""What a cluster would be told, asked of a plain server with empty catalogs of Citus; tests/citus asks a real one."""

from __future__ import annotations

import pytest

from abono.domain.metering.layout import CLUSTER
from abono.platform.postgres import citus
from tests import sql

CATALOGS = (
    "CREATE TABLE pg_dist_node (isactive boolean, shouldhaveshards boolean, groupid integer);"
    "INSERT INTO pg_dist_node VALUES (true, true, 0);"
    "CREATE TABLE pg_dist_partition (logicalrelid regclass);"
    "CREATE TABLE pg_dist_object (classid oid, objid oid, distribution_argument_index integer, force_delegation boolean)"
)


@pytest.fixture
def steps(db: None) -> dict[str, tuple[tuple[str, tuple[object, ...]], ...]]:
    sql.run("SET LOCAL search_path = public, pg_catalog")  # ours are not in the way of the system's
    sql.run(CATALOGS)
    return {step.what: step.statements for step in citus.missing(CLUSTER)}


def test_the_first_table_comes_first_and_the_others_lie_with_it(steps):
    tables = [what.removeprefix("distribute ") for what in steps if what.startswith("distribute ")]
    assert tables[0] == "metering_cycle"
    assert {"metering_send", "metering_campaign_slice", "metering_interaction", "metering_use"} <= set(tables)
    assert not {"metering_minute", "metering_sweep", "metering_interaction_kind"} & set(tables)
    assert steps["distribute metering_cycle"][0][1] == ("metering_cycle", "contract_id", citus.SHARDS)
    assert steps["distribute metering_send"][0][1] == ("metering_send", "contract_id", "metering_cycle")


def test_functions_of_one_contract_run_where_it_lives_and_those_without_everywhere(steps):
    routed = {what.split("(")[0]: told for what, told in steps.items() if what.endswith("where its rows are")}
    assert "run metering_hold_contract_v1" in routed
    assert "run metering_observe_contract_v1" in routed
    assert "run metering_hold_v1" not in routed  # for many contracts: on a cluster nobody calls it
    whole = [name for name, ((_statement, arguments),) in routed.items() if arguments[-1]]
    assert whole == ["run metering_campaign_settle_v1"]
    everywhere = [what for what in steps if what.endswith("to every node") and "(" in what]
    assert everywhere == [
        "copy metering_levels_v1(bigint,bigint) to every node",
        "copy metering_warn_next_v1(bigint,bigint,smallint) to every node",
        "copy metering_units_v1(bigint,integer) to every node",
        "copy metering_free_began_v1(text,timestamp with time zone,text) to every node",
        "copy metering_other_row_v1(bigint,integer,text,timestamp with time zone) to every node",
    ]


def test_what_is_copied_is_not_tied_to_what_stays(steps):
    assert "copy catalog_route to every node" in steps
    assert "drop trigger catalog_price_in_order" in steps
    assert any(what.startswith("drop foreign key catalog_sessionprice") for what in steps)


def test_a_plain_server_is_told_so(db: None):
    with pytest.raises(citus.NoCluster, match="the extension citus is not installed"):
        citus.missing(CLUSTER)
