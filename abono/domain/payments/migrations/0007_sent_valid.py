from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    """Prove the condition that 0006 put, beside what goes on."""

    dependencies = [
        ("payments", "0006_sent"),
    ]

    operations = [
        ValidateConstraint("payout", "payout_moves_money_2"),
    ]
