from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("invoicing", "0003_licence_lines"),
    ]

    operations = [
        ValidateConstraint("invoiceline", "invoice_line_kind_is_known"),
    ]
