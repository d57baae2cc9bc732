from __future__ import annotations

from django.db import migrations

from abono.platform.postgres import sqlfiles

PACKAGE = "abono.domain.usage"


class Migration(migrations.Migration):
    initial = True
    dependencies = [("metering", "0001_initial")]
    operations = [
        sqlfiles.script(PACKAGE, "schema_v1.sql", undo="DROP TABLE metering_use, metering_minute"),
        sqlfiles.function(PACKAGE, "roll_v1.sql", drop="metering_roll_v1(uuid, timestamptz)"),
    ]
