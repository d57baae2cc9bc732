import django.db.models.deletion
from django.db import migrations, models

from abono.platform.postgres.indexes import begun_by_another


class Migration(migrations.Migration):
    """Rows are written into fewer indexes: another one begins with the same column."""

    atomic = False

    dependencies = [
        ("contracts", "0019_indexes_that_others_begin_with"),
        ("coupons", "0001_initial"),
    ]

    operations = [
        begun_by_another(
            "coupons_redemption_contract_id_31a7206c",
            "coupons_redemption (contract_id)",
            migrations.AlterField(
                model_name="redemption",
                name="contract",
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="redemptions",
                    to="contracts.contract",
                ),
            ),
        ),
    ]
