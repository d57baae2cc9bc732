import django.db.models.deletion
from django.db import migrations, models

from abono.platform.postgres.indexes import begun_by_another


class Migration(migrations.Migration):
    """Rows are written into fewer indexes: another one begins with the same column."""

    atomic = False

    dependencies = [
        ("adjustments", "0001_initial"),
        ("contracts", "0019_indexes_that_others_begin_with"),
    ]

    operations = [
        begun_by_another(
            "adjustments_adjustmentline_adjustment_id_4db25c97",
            "adjustments_adjustmentline (adjustment_id)",
            migrations.AlterField(
                model_name="adjustmentline",
                name="adjustment",
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="lines",
                    to="adjustments.adjustment",
                ),
            ),
        ),
        begun_by_another(
            "adjustments_adjustmentline_contract_id_bdd49658",
            "adjustments_adjustmentline (contract_id)",
            migrations.AlterField(
                model_name="adjustmentline",
                name="contract",
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="contracts.contract",
                ),
            ),
        ),
        begun_by_another(
            "adjustments_indexmonth_index_id_cccf0a0e",
            "adjustments_indexmonth (index_id)",
            migrations.AlterField(
                model_name="indexmonth",
                name="index",
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="months",
                    to="adjustments.index",
                ),
            ),
        ),
    ]
