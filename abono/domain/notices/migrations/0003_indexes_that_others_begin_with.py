import django.db.models.deletion
from django.db import migrations, models

from abono.platform.postgres.indexes import begun_by_another


class Migration(migrations.Migration):
    """Rows are written into fewer indexes: another one begins with the same column."""

    atomic = False

    dependencies = [
        ("customers", "0007_indexes_that_others_begin_with"),
        ("notices", "0002_indexes_that_others_begin_with"),
    ]

    operations = [
        begun_by_another(
            "notices_muted_customer_id_6f4b9195",
            "notices_muted (customer_id)",
            migrations.AlterField(
                model_name="muted",
                name="customer",
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="customers.customer",
                ),
            ),
        ),
    ]
