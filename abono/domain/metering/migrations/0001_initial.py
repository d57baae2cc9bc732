from __future__ import annotations

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from abono.domain.metering.layout import ENTRIES
from abono.platform import clock
from abono.platform.postgres import partitions, sqlfiles

PACKAGE = "abono.domain.metering"
TABLES = (
    "metering_sweep, metering_use_apart, metering_use_border, metering_channel_budget, metering_own_budget,"
    " metering_own_limit, metering_threshold, metering_recount, metering_settlement, metering_send, metering_cycle"
)
SENDS = "uuid[], timestamptz[], integer[], smallint[], integer[], integer[], uuid[], text[], uuid[], text[]"
SENDS_OF_ONE = "uuid, uuid[], integer[], timestamptz[], text[], smallint[], uuid[], text[]"
FUNCTIONS = {
    "hold_contract": f"{SENDS_OF_ONE}, boolean",
    "hold": SENDS,
    "settle": "uuid[], timestamptz[], smallint[], text[], smallint[], text[], text[], integer[], integer[], uuid[]",
    "record_contract": f"{SENDS_OF_ONE}, smallint[]",
    "record": f"{SENDS}, smallint[]",
    "own_limits": "uuid, timestamptz, timestamptz",
}


def _first_months(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    partitions.create_ahead(ENTRIES, now=clock.now())


class Migration(migrations.Migration):
    initial = True
    dependencies = [("catalog", "0001_initial"), ("platform", "0001_initial")]
    operations = [
        sqlfiles.script(PACKAGE, "schema_v1.sql", undo=f"DROP TABLE {TABLES}"),
        sqlfiles.script(
            PACKAGE,
            "warn_v1.sql",
            undo="DROP FUNCTION metering_warn_v1(uuid, timestamptz, timestamptz),"
            " metering_warn_next_v1(bigint, bigint, smallint), metering_levels_v1(bigint, bigint)",
        ),
        sqlfiles.script(
            PACKAGE,
            "free_v1.sql",
            undo="DROP FUNCTION metering_free_back_v1(uuid, uuid),"
            " metering_free_take_v1(uuid, uuid, bigint, integer, text, timestamptz),"
            " metering_free_v1(uuid, bigint, integer, uuid, text, timestamptz),"
            " metering_free_began_v1(text, timestamptz, text), metering_units_v1(bigint, integer);"
            " DROP TABLE metering_free_send, metering_free",
        ),
        sqlfiles.script(
            PACKAGE,
            "settle_contract_v1.sql",
            undo="DROP FUNCTION metering_other_row_v1(bigint, integer, text, timestamptz),"
            " metering_settled_price_v1(uuid, uuid, text, smallint),"
            " metering_settle_contract_v1(uuid, uuid[], smallint[], timestamptz[], text[], smallint[], text[], text[])",
        ),
        *(
            sqlfiles.function(PACKAGE, f"{name}_v1.sql", drop=f"metering_{name}_v1({arguments})")
            for name, arguments in FUNCTIONS.items()
        ),
        migrations.RunPython(_first_months, migrations.RunPython.noop),
    ]
