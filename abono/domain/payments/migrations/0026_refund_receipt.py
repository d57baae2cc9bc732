from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("payments", "0025_refund_of_a_receipt_valid"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "SET lock_timeout = 0",
                        "DROP INDEX CONCURRENTLY IF EXISTS refund_receipt",
                        "CREATE INDEX CONCURRENTLY refund_receipt ON payments_refund (receipt_id)"
                        " WHERE receipt_id IS NOT NULL",
                    ],
                    "DROP INDEX CONCURRENTLY IF EXISTS refund_receipt",
                ),
            ],
            state_operations=[
                migrations.AddIndex(
                    "refund",
                    models.Index(
                        condition=Q(receipt__isnull=False), fields=["receipt"], name="refund_receipt"
                    ),
                ),
            ],
        ),
    ]
