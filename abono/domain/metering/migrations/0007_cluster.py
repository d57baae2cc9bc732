from __future__ import annotations

from django.db import migrations

from abono.platform import sqlfiles

PACKAGE = "abono.domain.metering"
EVENTS = "uuid, uuid[], uuid[], text[], text[], timestamptz[], timestamptz[], interval"


class Migration(migrations.Migration):
    """The functions for one contract that a cluster needs besides (docs/citus.md)."""

    dependencies = [("metering", "0006_minutes")]
    operations = [
        sqlfiles.function(
            PACKAGE,
            "record_contract_v2.sql",
            drop="metering_record_contract_v2(uuid, uuid[], integer[], timestamptz[], text[])",
        ),
        sqlfiles.function(PACKAGE, "observe_contract_v1.sql", drop=f"metering_observe_contract_v1({EVENTS})"),
    ]
