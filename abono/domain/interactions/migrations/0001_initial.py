from __future__ import annotations

from django.db import migrations

from abono.platform.postgres import sqlfiles

PACKAGE = "abono.domain.interactions"
MANY = "uuid[], timestamptz[], text[], text[], integer[], integer[], integer[], uuid[], uuid[], timestamptz[], interval"
ONE = "uuid, uuid[], uuid[], text[], text[], timestamptz[], timestamptz[], interval"


class Migration(migrations.Migration):
    initial = True
    dependencies = [("metering", "0001_initial")]
    operations = [
        sqlfiles.script(
            PACKAGE,
            "schema_v1.sql",
            undo="DROP TABLE metering_interaction_kind, metering_contact_event, metering_interaction, metering_late_event",
        ),
        sqlfiles.function(
            PACKAGE, "rechain_v1.sql", drop="metering_rechain_v1(uuid, uuid, text, timestamptz, timestamptz)"
        ),
        sqlfiles.function(PACKAGE, "observe_contract_v1.sql", drop=f"metering_observe_contract_v1({ONE})"),
        sqlfiles.function(PACKAGE, "observe_v1.sql", drop=f"metering_observe_v1({MANY})"),
    ]
