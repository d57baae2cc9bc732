from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("identity", "0005_people"),
    ]

    operations = [
        ValidateConstraint("invitation", "invitation_of_somebody"),
        ValidateConstraint("invitation", "invitation_sent_whole"),
        ValidateConstraint("invitation", "invitation_withdrawn_unaccepted"),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    [
                        "SET lock_timeout = 0",
                        "DROP INDEX CONCURRENTLY IF EXISTS invitation_one_open_of_address",
                        "CREATE UNIQUE INDEX CONCURRENTLY invitation_one_open_of_address ON identity_invitation"
                        " (customer_id, email) WHERE answered_at IS NULL AND NOT (email = '')",
                    ],
                    "DROP INDEX CONCURRENTLY IF EXISTS invitation_one_open_of_address",
                ),
            ],
            state_operations=[
                migrations.AddConstraint(
                    "invitation",
                    models.UniqueConstraint(
                        condition=Q(answered_at=None) & ~Q(email=""),
                        fields=["customer", "email"],
                        name="invitation_one_open_of_address",
                    ),
                ),
            ],
        ),
    ]
