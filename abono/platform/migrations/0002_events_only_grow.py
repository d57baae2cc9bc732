from django.db import migrations

from abono.platform import sqlfiles


class Migration(migrations.Migration):
    dependencies = [("platform", "0001_initial")]
    operations = [
        sqlfiles.function("abono.platform", "append_only_v1.sql", drop="append_only_v1()"),
        sqlfiles.append_only("platform_event"),
    ]
