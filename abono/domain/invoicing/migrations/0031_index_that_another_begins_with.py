import django.db.models.deletion
from django.db import migrations, models

_GONE, _BACK = (
    ["SET lock_timeout = 0", "DROP INDEX CONCURRENTLY IF EXISTS invoicing_invoice_customer_id_c1b6ead9"],
    "CREATE INDEX CONCURRENTLY invoicing_invoice_customer_id_c1b6ead9 ON invoicing_invoice (customer_id)",
)


class Migration(migrations.Migration):
    """`invoice_of_customer` begins with the same column: an invoice is written into one index less, and so whenever it moves."""

    atomic = False
    dependencies = [
        ("customers", "0001_initial"),
        ("invoicing", "0030_withheld_valid"),
    ]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(_GONE, _BACK)],
            state_operations=[
                migrations.AlterField(
                    "invoice",
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
            ],
        ),
    ]
