from __future__ import annotations

from django.db import migrations

from abono.platform.postgres import sqlfiles

ARGUMENTS = "uuid, timestamptz, timestamptz, uuid, bigint, bigint, bigint, smallint, timestamptz, uuid"


class Migration(migrations.Migration):
    dependencies = [("metering", "0001_initial")]
    operations = [
        sqlfiles.function(
            "abono.domain.metering", "open_cycle_v1.sql", drop=f"metering_open_cycle_v1({ARGUMENTS})"
        )
    ]
