from django.contrib.postgres.indexes import GinIndex
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("customers", "0003_former_tax_ids"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "SET lock_timeout = 0",
                        "DROP INDEX CONCURRENTLY IF EXISTS customer_by_former_tax_id",
                        "CREATE INDEX CONCURRENTLY customer_by_former_tax_id ON customers_customer USING gin (former_tax_ids)",
                    ],
                    "DROP INDEX CONCURRENTLY IF EXISTS customer_by_former_tax_id",
                ),
            ],
            state_operations=[
                migrations.AddIndex(
                    "customer", GinIndex(fields=["former_tax_ids"], name="customer_by_former_tax_id")
                ),
            ],
        ),
    ]
