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
    " metering_own_limit, metering_threshold, metering_settlement, metering_send, metering_cycle"
)
CALLERS = "uuid[], timestamptz[], integer[]"  # contracts, moments, and whose each event is
SENDS = f"{CALLERS}, integer[], integer[], uuid[], text[]"
SENDS_OF_ONE = "uuid, uuid[], integer[], timestamptz[], text[]"
FUNCTIONS = {
    "hold_contract": SENDS_OF_ONE,
    "hold": SENDS,
    "settle_contract": "uuid, uuid[], smallint[], timestamptz[]",
    "settle": f"{CALLERS}, uuid[], smallint[]",
    "record_contract": SENDS_OF_ONE,
    "record": SENDS,
    "own_limits": "uuid, timestamptz",
}


def _first_months(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    partitions.create_ahead(ENTRIES, now=clock.now())


class Migration(migrations.Migration):
    initial = True
    dependencies = [("catalog", "0001_initial")]
    operations = [
        sqlfiles.script(PACKAGE, "schema_v1.sql", undo=f"DROP TABLE {TABLES}"),
        sqlfiles.script(
            PACKAGE,
            "warn_v1.sql",
            undo="DROP FUNCTION metering_warn_v1(uuid, timestamptz, timestamptz),"
            " metering_warn_next_v1(bigint, bigint, smallint), metering_levels_v1(bigint, bigint)",
        ),
        *(
            sqlfiles.function(PACKAGE, f"{name}_v1.sql", drop=f"metering_{name}_v1({arguments})")
            for name, arguments in FUNCTIONS.items()
        ),
        migrations.RunPython(_first_months, migrations.RunPython.noop),
    ]
