from __future__ import annotations

from django.db import migrations

from abono.platform import sqlfiles

PACKAGE = "abono.domain.metering"
EVENTS = "uuid[], timestamptz[], text[], text[], integer[], integer[], integer[], uuid[], uuid[], timestamptz[], interval"


class Migration(migrations.Migration):
    """Caps and budgets of customers (LIM-5), late contact events (INT-7)."""

    dependencies = [("metering", "0003_short_ways")]
    operations = [
        sqlfiles.script(
            PACKAGE,
            "own_limits_schema_v1.sql",
            undo="DROP TABLE metering_own_limit, metering_own_budget, metering_late_event;"
            " ALTER TABLE metering_campaign_line DROP COLUMN price_id",
        ),
        sqlfiles.function(PACKAGE, "own_limits_v1.sql", drop="metering_own_limits_v1(uuid, timestamptz)"),
        sqlfiles.function(
            PACKAGE,
            "campaign_hold_v2.sql",
            drop="metering_campaign_hold_v2"
            "(uuid, uuid, integer[], bigint[], integer[], timestamptz, timestamptz, text)",
        ),
        sqlfiles.function(
            PACKAGE, "campaign_end_v2.sql", drop="metering_campaign_end_v2(uuid, uuid, smallint, timestamptz)"
        ),
        sqlfiles.function(
            PACKAGE,
            "campaign_settle_v2.sql",
            drop="metering_campaign_settle_v2(uuid, uuid, uuid[], integer[], smallint[], timestamptz, text[])",
        ),
        sqlfiles.function(PACKAGE, "observe_v2.sql", drop=f"metering_observe_v2({EVENTS})"),
    ]
