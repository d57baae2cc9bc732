from __future__ import annotations

from django.db import migrations

from abono.platform.postgres import sqlfiles

PACKAGE = "abono.domain.campaigns"


class Migration(migrations.Migration):
    initial = True
    dependencies = [("metering", "0001_initial")]
    operations = [
        sqlfiles.script(
            PACKAGE,
            "schema_v1.sql",
            undo="DROP TABLE metering_campaign_slice, metering_campaign_line, metering_campaign",
        ),
        sqlfiles.function(
            PACKAGE,
            "hold_v1.sql",
            drop="metering_campaign_hold_v1"
            "(uuid, uuid, integer[], smallint[], bigint[], integer[], timestamptz, timestamptz, text)",
        ),
        sqlfiles.script(
            PACKAGE,
            "settle_v1.sql",
            undo="DROP FUNCTION metering_campaign_cost_v1(uuid, uuid, integer, integer, bigint, smallint, smallint,"
            " text, smallint, uuid, text, timestamptz, timestamptz),"
            " metering_campaign_settle_v1(uuid, uuid, uuid[], integer[], smallint[], timestamptz, text[], text[],"
            " smallint[], uuid[], text[], boolean)",
        ),
        sqlfiles.function(
            PACKAGE, "end_v1.sql", drop="metering_campaign_end_v1(uuid, uuid, smallint, timestamptz)"
        ),
    ]
