from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import F, Q

from abono.platform.postgres import sqlfiles

_BACK = """
CREATE OR REPLACE TRIGGER invoicing_issued_never_changes BEFORE UPDATE OR DELETE ON invoicing_invoice
    FOR EACH ROW EXECUTE FUNCTION invoicing_issued_never_changes_v3();
DROP FUNCTION invoicing_issued_never_changes_v4
"""


class Migration(migrations.Migration):
    """What buyers withhold of an invoice for the tax office stands beside it (PAY-6)."""

    dependencies = [
        ("invoicing", "0028_late_charges_lines_valid"),
    ]

    operations = [
        migrations.AddField("invoice", "withheld_minor", models.BigIntegerField(db_default=0, default=0)),
        AddConstraintNotValid(
            model_name="invoice",
            constraint=models.CheckConstraint(
                name="invoice_withheld_within",
                condition=Q(withheld_minor__gte=0, withheld_minor__lte=F("received_minor")),
            ),
        ),
        sqlfiles.script("abono.domain.invoicing", "issued_never_changes_v4.sql", undo=_BACK),
    ]
