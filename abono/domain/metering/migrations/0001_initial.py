from __future__ import annotations

from django.db import migrations

from abono.platform import sqlfiles

PACKAGE = "abono.domain.metering"
TABLES = (
    "metering_sweep, metering_interaction, metering_contact_event, metering_interaction_kind,"
    " metering_threshold, metering_settlement, metering_send, metering_cycle"
)
SENDS = "uuid[], uuid[], integer[], timestamptz[], text[]"
EVENTS = "uuid[], uuid[], uuid[], text[], text[], timestamptz[], timestamptz[], interval"


class Migration(migrations.Migration):
    initial = True
    dependencies = [("catalog", "0001_initial")]
    operations = [
        sqlfiles.script(PACKAGE, "schema_v1.sql", undo=f"DROP TABLE {TABLES}"),
        sqlfiles.script(
            PACKAGE,
            "warn_v1.sql",
            undo="DROP FUNCTION metering_warn_v1(uuid, timestamptz, timestamptz),"
            " metering_warn_next_v1(bigint, bigint, smallint)",
        ),
        sqlfiles.function(PACKAGE, "hold_v1.sql", drop=f"metering_hold_v1({SENDS})"),
        sqlfiles.function(
            PACKAGE, "settle_v1.sql", drop="metering_settle_v1(uuid[], uuid[], smallint[], timestamptz[])"
        ),
        sqlfiles.function(PACKAGE, "record_v1.sql", drop=f"metering_record_v1({SENDS})"),
        sqlfiles.function(
            PACKAGE, "rechain_v1.sql", drop="metering_rechain_v1(uuid, uuid, text, timestamptz, timestamptz)"
        ),
        sqlfiles.function(PACKAGE, "observe_v1.sql", drop=f"metering_observe_v1({EVENTS})"),
    ]
