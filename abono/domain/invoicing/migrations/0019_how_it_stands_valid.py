from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("invoicing", "0018_how_it_stands"),
    ]

    operations = [
        ValidateConstraint("invoice", "invoice_state_known_2"),
        ValidateConstraint("invoice", "invoice_issued_has_number_2"),
        ValidateConstraint("invoice", "invoice_paid_has_moment_2"),
        ValidateConstraint("invoice", "invoice_owed_not_negative_2"),
    ]
