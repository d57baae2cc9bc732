from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("invoicing", "0005_one_off"),
    ]

    operations = [
        ValidateConstraint(model_name="invoice", name="invoice_reason_known_2"),
        ValidateConstraint(model_name="invoiceline", name="invoice_line_kind_known_2"),
        migrations.RemoveConstraint(model_name="invoice", name="invoice_reason_known"),
        migrations.RemoveConstraint(model_name="invoiceline", name="invoice_line_kind_is_known"),
    ]
