import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from abono.platform.postgres.indexes import begun_by_another


class Migration(migrations.Migration):
    """Rows are written into fewer indexes: another one begins with the same column."""

    atomic = False

    dependencies = [
        ("identity", "0006_people_valid"),
    ]

    operations = [
        begun_by_another(
            "identity_membership_person_id_00a0f7b9",
            "identity_membership (person_id)",
            migrations.AlterField(
                model_name="membership",
                name="person",
                field=models.ForeignKey(
                    db_index=False,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to=settings.AUTH_USER_MODEL,
                ),
            ),
        ),
    ]
