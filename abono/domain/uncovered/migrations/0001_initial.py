from __future__ import annotations

from django.db import migrations

from abono.platform.postgres import sqlfiles

PACKAGE = "abono.domain.uncovered"


class Migration(migrations.Migration):
    initial = True
    dependencies = [("metering", "0001_initial")]
    operations = [
        sqlfiles.script(
            PACKAGE,
            "schema_v1.sql",
            undo="DROP TABLE metering_uncovered_decided, metering_uncovered_decision, metering_refused_hold,"
            " metering_uncovered",
        ),
        sqlfiles.script(
            PACKAGE,
            "told_contract_v1.sql",
            undo="DROP FUNCTION metering_told_again_v1(uuid, uuid, smallint, timestamptz),"
            " metering_told_contract_v1(uuid, uuid[], uuid[], integer[], timestamptz[], timestamptz[], text[], text[],"
            " text[], text[], text[], uuid[], smallint[], uuid[], text[], smallint[], interval)",
        ),
    ]
