import django.db.models.deletion
from django.db import migrations, models

from abono.platform.postgres.indexes import begun_by_another


class Migration(migrations.Migration):
    """Rows are written into fewer indexes: another one begins with the same column."""

    atomic = False

    dependencies = [
        ("customers", "0007_indexes_that_others_begin_with"),
        ("payments", "0026_refund_receipt"),
    ]

    operations = [
        begun_by_another(
            "payments_chosenmeans_customer_id_660e00c6",
            "payments_chosenmeans (customer_id)",
            migrations.AlterField(
                model_name="chosenmeans",
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
