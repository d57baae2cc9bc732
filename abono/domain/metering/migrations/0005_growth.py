from __future__ import annotations

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from abono.domain.metering.layout import ENTRIES
from abono.platform import clock, partitions, sqlfiles

PACKAGE = "abono.domain.metering"


def _first_months(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    partitions.create_ahead(ENTRIES, now=clock.now())


class Migration(migrations.Migration):
    """Partitions by month, roll-ups (docs/growth.md)."""

    dependencies = [("metering", "0004_own_limits")]
    operations = [
        sqlfiles.script(
            PACKAGE,
            "growth_schema_v1.sql",
            undo="DROP TABLE metering_use, metering_use_border, metering_use_apart;"
            " DROP INDEX metering_send_default_other, metering_cycle_unsealed;"
            " ALTER TABLE metering_cycle DROP COLUMN sealed_to, DROP COLUMN sealed_id",
        ),
        sqlfiles.function(PACKAGE, "roll_v1.sql", drop="metering_roll_v1(uuid, timestamptz)"),
        migrations.RunPython(_first_months, migrations.RunPython.noop),
    ]
