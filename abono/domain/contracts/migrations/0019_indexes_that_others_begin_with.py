import django.db.models.deletion
from django.db import migrations, models

from abono.platform.postgres.indexes import begun_by_another


class Migration(migrations.Migration):
    """Rows are written into fewer indexes: another one begins with the same column."""

    atomic = False

    dependencies = [
        ("contracts", "0018_cycle_end_by_nothing"),
    ]

    operations = [
        begun_by_another(
            "contracts_batchline_batch_id_0c2a4a1a",
            "contracts_batchline (batch_id)",
            migrations.AlterField(
                model_name="batchline",
                name="batch",
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="lines",
                    to="contracts.batch",
                ),
            ),
        ),
        begun_by_another(
            "contracts_change_contract_id_3a00e917",
            "contracts_change (contract_id)",
            migrations.AlterField(
                model_name="change",
                name="contract",
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="changes",
                    to="contracts.contract",
                ),
            ),
        ),
        begun_by_another(
            "contracts_term_contract_id_5403caaf",
            "contracts_term (contract_id)",
            migrations.AlterField(
                model_name="term",
                name="contract",
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="terms",
                    to="contracts.contract",
                ),
            ),
        ),
    ]
