from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("invoicing", "0010_refunded"),
    ]

    operations = [
        ValidateConstraint("invoice", "invoice_refunded_within"),
    ]
