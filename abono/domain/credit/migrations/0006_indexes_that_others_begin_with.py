import django.db.models.deletion
from django.db import migrations, models

from abono.platform.postgres.indexes import begun_by_another


class Migration(migrations.Migration):
    """Rows are written into fewer indexes: another one begins with the same column."""

    atomic = False

    dependencies = [
        ("contracts", "0019_indexes_that_others_begin_with"),
        ("credit", "0005_how_it_stands_valid"),
        ("invoicing", "0032_indexes_that_others_begin_with"),
    ]

    operations = [
        begun_by_another(
            "credit_entry_contract_id_722adb4a",
            "credit_entry (contract_id)",
            migrations.AlterField(
                model_name="entry",
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
            "credit_entry_credit_note_id_037f1b50",
            "credit_entry (credit_note_id)",
            migrations.AlterField(
                model_name="entry",
                name="credit_note",
                field=models.ForeignKey(
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="invoicing.creditnote",
                ),
            ),
        ),
    ]
