import django.db.models.deletion
from django.db import migrations, models

from abono.platform.postgres.indexes import begun_by_another


class Migration(migrations.Migration):
    """Rows are written into fewer indexes: another one begins with the same column."""

    atomic = False

    dependencies = [
        ("fiscal", "0001_fiscal"),
    ]

    operations = [
        begun_by_another(
            "fiscal_file_document_id_2f414913",
            "fiscal_file (document_id)",
            migrations.AlterField(
                model_name="file",
                name="document",
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="files",
                    to="fiscal.document",
                ),
            ),
        ),
    ]
