from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("invoicing", "0027_late_charges_lines"),
    ]

    operations = [
        ValidateConstraint("invoiceline", "invoice_line_kind_known_8"),
        migrations.RemoveConstraint(model_name="invoiceline", name="invoice_line_kind_known_7"),
    ]
