from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("invoicing", "0012_package_back"),
    ]

    operations = [
        ValidateConstraint(model_name="invoiceline", name="invoice_line_kind_known_4"),
        migrations.RemoveConstraint(model_name="invoiceline", name="invoice_line_kind_known_3"),
    ]
