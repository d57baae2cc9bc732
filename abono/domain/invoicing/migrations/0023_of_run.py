from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("invoicing", "0022_billing_run"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "SET lock_timeout = 0",
                        "DROP INDEX CONCURRENTLY IF EXISTS invoice_of_run",
                        "CREATE INDEX CONCURRENTLY invoice_of_run ON invoicing_invoice (billing_run_id)"
                        " WHERE billing_run_id IS NOT NULL",
                    ],
                    "DROP INDEX CONCURRENTLY IF EXISTS invoice_of_run",
                ),
            ],
            state_operations=[
                migrations.AddIndex(
                    "invoice",
                    models.Index(
                        condition=Q(billing_run_id__isnull=False),
                        fields=["billing_run_id"],
                        name="invoice_of_run",
                    ),
                ),
            ],
        ),
    ]
