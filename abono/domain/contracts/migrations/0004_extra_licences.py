from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q

from abono.platform.postgres import sqlfiles

_BACK = """
CREATE OR REPLACE TRIGGER contracts_changes_stay BEFORE UPDATE OR DELETE ON contracts_change
    FOR EACH ROW EXECUTE FUNCTION contracts_changes_stay_v1();
DROP FUNCTION contracts_changes_stay_v2
"""


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0003_changes_stay"),
    ]

    operations = [
        migrations.AddField(
            model_name="term",
            name="extra_licences",
            field=models.IntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="change",
            name="extra_licences",
            field=models.IntegerField(db_default=0, default=0),
        ),
        AddConstraintNotValid(
            model_name="term",
            constraint=models.CheckConstraint(
                condition=Q(extra_licences__range=(0, 100_000)), name="term_extra_licences_within"
            ),
        ),
        AddConstraintNotValid(
            model_name="change",
            constraint=models.CheckConstraint(
                condition=Q(extra_licences__range=(0, 100_000)), name="change_extra_licences_within"
            ),
        ),
        sqlfiles.script("abono.domain.contracts", "changes_stay_v2.sql", undo=_BACK),
    ]
