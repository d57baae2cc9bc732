from __future__ import annotations

from django.db import migrations

from abono.platform import sqlfiles

PACKAGE = "abono.domain.metering"
CALLERS = "uuid[], timestamptz[], integer[]"
SENDS = "uuid[], timestamptz[], integer[], integer[], integer[], uuid[], text[]"


class Migration(migrations.Migration):
    dependencies = [("metering", "0002_campaigns")]
    operations = [
        sqlfiles.script(
            PACKAGE,
            "receipt_schema_v1.sql",
            undo="DROP TABLE metering_channel_budget;"
            " ALTER TABLE metering_cycle DROP COLUMN cap_micro, DROP COLUMN budgeted;"
            " ALTER TABLE metering_send DROP COLUMN price_id, DROP COLUMN total_micro",
        ),
        sqlfiles.function(
            PACKAGE,
            "hold_contract_v2.sql",
            drop="metering_hold_contract_v2(uuid, uuid[], integer[], timestamptz[], text[])",
        ),
        sqlfiles.function(PACKAGE, "hold_v2.sql", drop=f"metering_hold_v2({SENDS})"),
        sqlfiles.function(
            PACKAGE,
            "settle_contract_v2.sql",
            drop="metering_settle_contract_v2(uuid, uuid[], smallint[], timestamptz[])",
        ),
        sqlfiles.function(
            PACKAGE, "settle_v2.sql", drop=f"metering_settle_v2({CALLERS}, uuid[], smallint[])"
        ),
        sqlfiles.function(PACKAGE, "record_v2.sql", drop=f"metering_record_v2({SENDS})"),
    ]
