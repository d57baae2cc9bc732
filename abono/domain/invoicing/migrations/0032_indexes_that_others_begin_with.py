import django.db.models.deletion
from django.db import migrations, models

from abono.platform.postgres.indexes import begun_by_another


class Migration(migrations.Migration):
    """Rows are written into fewer indexes: another one begins with the same column."""

    atomic = False

    dependencies = [
        ("customers", "0007_indexes_that_others_begin_with"),
        ("invoicing", "0031_index_that_another_begins_with"),
    ]

    operations = [
        begun_by_another(
            "invoicing_creditnote_customer_id_9bd50e4c",
            "invoicing_creditnote (customer_id)",
            migrations.AlterField(
                model_name="creditnote",
                name="customer",
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="customers.customer",
                ),
            ),
        ),
        begun_by_another(
            "invoicing_creditnoteline_note_id_5f9b10ef",
            "invoicing_creditnoteline (note_id)",
            migrations.AlterField(
                model_name="creditnoteline",
                name="note",
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="lines",
                    to="invoicing.creditnote",
                ),
            ),
        ),
        begun_by_another(
            "invoicing_invoiceline_invoice_id_76c97100",
            "invoicing_invoiceline (invoice_id)",
            migrations.AlterField(
                model_name="invoiceline",
                name="invoice",
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="lines",
                    to="invoicing.invoice",
                ),
            ),
        ),
    ]
