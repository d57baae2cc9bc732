import django.db.models.deletion
from django.db import migrations, models

_GONE = [
    "SET lock_timeout = 0",
    "DROP INDEX CONCURRENTLY IF EXISTS notices_notice_customer_id_4c72af35",
    "DROP INDEX CONCURRENTLY IF EXISTS notices_email_notice_id_69abdba5",
]
_BACK = [
    "CREATE INDEX CONCURRENTLY notices_notice_customer_id_4c72af35 ON notices_notice (customer_id)",
    "CREATE INDEX CONCURRENTLY notices_email_notice_id_69abdba5 ON notices_email (notice_id)",
]


class Migration(migrations.Migration):
    """Other indexes begin with the same column, `notice_of_customer` and `email_once`: each row is written into one less."""

    atomic = False
    dependencies = [
        ("customers", "0001_initial"),
        ("notices", "0001_initial"),
    ]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(_GONE, _BACK)],
            state_operations=[
                migrations.AlterField(
                    "notice",
                    "customer",
                    models.ForeignKey(
                        null=True,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                migrations.AlterField(
                    "email",
                    "notice",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="notices.notice",
                    ),
                ),
            ],
        ),
    ]
