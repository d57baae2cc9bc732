from __future__ import annotations

from django.db import migrations

from abono.platform import sqlfiles


class Migration(migrations.Migration):
    """What was answered, per minute, for the seller."""

    dependencies = [("metering", "0005_growth")]
    operations = [
        sqlfiles.script("abono.domain.metering", "minute_schema_v1.sql", undo="DROP TABLE metering_minute")
    ]
