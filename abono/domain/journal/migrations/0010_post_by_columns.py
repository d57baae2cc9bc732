from django.db import migrations

from abono.platform.postgres import sqlfiles


class Migration(migrations.Migration):
    dependencies = [("journal", "0009_bounced_valid")]

    operations = [
        sqlfiles.function(
            "abono.domain.journal",
            "post_v2.sql",
            drop="journal_post_v2(uuid[], text[], uuid[], uuid[], timestamptz[], date[],"
            " uuid[], text[], text[], text[], bigint[])",
        )
    ]
