import django.db.models.deletion
from django.db import migrations, models

from abono.platform.postgres.indexes import begun_by_another


class Migration(migrations.Migration):
    """Rows are written into fewer indexes: another one begins with the same column."""

    atomic = False

    dependencies = [
        ("statements", "0001_statements"),
    ]

    operations = [
        begun_by_another(
            "statements_movement_statement_id_cb1d2ea6",
            "statements_movement (statement_id)",
            migrations.AlterField(
                model_name="movement",
                name="statement",
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="told",
                    to="statements.statement",
                ),
            ),
        ),
    ]
