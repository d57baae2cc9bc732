import django.contrib.postgres.fields
from django.db import migrations, models

from abono.platform import sqlfiles


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [
        migrations.AddField("channel", "labels", models.JSONField(default=dict)),
        migrations.AddField("channel", "kinds", models.JSONField(default=list)),
        migrations.AddField(
            "channel",
            "uses",
            django.contrib.postgres.fields.ArrayField(
                models.CharField(max_length=20), default=list, size=None
            ),
        ),
        sqlfiles.script(
            "abono.domain.catalog",
            "catalog_frozen_v1.sql",
            undo="DROP FUNCTION catalog_refuse_v1, catalog_only_close_v1, catalog_price_in_order_v1 CASCADE",
        ),
    ]
