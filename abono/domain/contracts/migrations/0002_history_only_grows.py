from django.db import migrations

from abono.platform import sqlfiles


class Migration(migrations.Migration):
    dependencies = [("contracts", "0001_initial"), ("platform", "0002_events_only_grow")]
    operations = [
        sqlfiles.append_only("contracts_move"),
        sqlfiles.append_only("contracts_acceptance"),
    ]
