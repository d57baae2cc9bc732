from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0024_refund_of_a_receipt"),
    ]

    operations = [
        ValidateConstraint("refund", "refund_state_known_3"),
        ValidateConstraint("refund", "refund_decided_or_waits"),
        ValidateConstraint("refund", "refund_of_one_payment"),
        ValidateConstraint("refund", "refund_because_known"),
    ]
