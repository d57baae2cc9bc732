import django.db.models.deletion
from django.db import migrations, models

from abono.platform.postgres.indexes import begun_by_another


class Migration(migrations.Migration):
    """Rows are written into fewer indexes: another one begins with the same column."""

    atomic = False

    dependencies = [
        ("customers", "0006_left_alone_valid"),
    ]

    operations = [
        begun_by_another(
            "customers_advance_customer_id_8e4559d5",
            "customers_advance (customer_id)",
            migrations.AlterField(
                model_name="advance",
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
