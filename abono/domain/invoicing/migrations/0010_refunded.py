from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import F, Q

from abono.platform.postgres import sqlfiles

_BACK = """
CREATE OR REPLACE TRIGGER invoicing_issued_never_changes BEFORE UPDATE OR DELETE ON invoicing_invoice
    FOR EACH ROW EXECUTE FUNCTION invoicing_issued_never_changes_v1();
DROP FUNCTION invoicing_issued_never_changes_v2
"""


class Migration(migrations.Migration):
    dependencies = [
        ("invoicing", "0009_parked"),
    ]

    operations = [
        migrations.AddField(
            model_name="invoice",
            name="refunded_minor",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        AddConstraintNotValid(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=Q(refunded_minor__gte=0, refunded_minor__lte=F("total_minor")),
                name="invoice_refunded_within",
            ),
        ),
        sqlfiles.script("abono.domain.invoicing", "issued_never_changes_v2.sql", undo=_BACK),
    ]
