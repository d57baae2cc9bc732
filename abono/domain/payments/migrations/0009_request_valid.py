from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    """Prove the conditions that 0008 put, beside what goes on."""

    dependencies = [
        ("payments", "0008_request"),
    ]

    operations = [
        ValidateConstraint("receipt", "receipt_way_known_2"),
        ValidateConstraint("receipt", "receipt_of_a_request"),
    ]
