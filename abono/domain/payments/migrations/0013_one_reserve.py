from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("payments", "0012_dunning_valid"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "SET lock_timeout = 0",
                        "DROP INDEX CONCURRENTLY IF EXISTS method_one_reserve",
                        "CREATE UNIQUE INDEX CONCURRENTLY method_one_reserve ON payments_paymentmethod (customer_id)"
                        " WHERE reserve",
                    ],
                    "DROP INDEX CONCURRENTLY IF EXISTS method_one_reserve",
                ),
            ],
            state_operations=[
                migrations.AddConstraint(
                    "paymentmethod",
                    models.UniqueConstraint(
                        condition=Q(reserve=True), fields=["customer"], name="method_one_reserve"
                    ),
                ),
            ],
        ),
    ]
