from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0019_paid_late"),
    ]

    operations = [
        ValidateConstraint("receipt", "receipt_late_within"),
    ]
