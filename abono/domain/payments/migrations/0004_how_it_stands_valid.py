from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0003_how_it_stands"),
    ]

    operations = [
        ValidateConstraint("attempt", "attempt_state_known_2"),
        ValidateConstraint("refund", "refund_state_known_2"),
        ValidateConstraint("refund", "refund_once_more"),
        ValidateConstraint("refund", "refund_paid_on_a_way"),
    ]
