from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("contracts", "0008_changes_held_checked"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "SET lock_timeout = 0",
                        "DROP INDEX CONCURRENTLY IF EXISTS change_one_held",
                        "CREATE UNIQUE INDEX CONCURRENTLY change_one_held ON contracts_change (contract_id)"
                        " WHERE state IN ('confirm', 'approval')",
                    ],
                    "DROP INDEX CONCURRENTLY IF EXISTS change_one_held",
                ),
            ],
            state_operations=[
                migrations.AddConstraint(
                    "change",
                    models.UniqueConstraint(
                        condition=Q(state__in=["confirm", "approval"]),
                        fields=["contract"],
                        name="change_one_held",
                    ),
                ),
            ],
        ),
    ]
