from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("later", "0001_initial")]
    operations = [
        migrations.RunSQL(
            [
                "SET lock_timeout = 0",  # nobody waits behind it
                "DROP INDEX CONCURRENTLY IF EXISTS later_contract_state",  # what was cut off leaves one that does not serve
                "CREATE INDEX CONCURRENTLY later_contract_state ON contracts_contract (state)",
            ]
        )
    ]
