from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("invoicing", "0029_withheld"),
    ]

    operations = [
        ValidateConstraint("invoice", "invoice_withheld_within"),
    ]
