from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """What left an account of the seller is recorded as what arrived in one is, below zero (PAY-13)."""

    dependencies = [
        ("payments", "0005_payout"),
    ]

    operations = [
        migrations.RemoveConstraint("payout", "payout_moves_money"),
        AddConstraintNotValid(
            "payout",
            models.CheckConstraint(
                name="payout_moves_money_2",
                condition=Q(fees_minor__gte=0) & (~Q(arrived_minor=0) | Q(fees_minor__gt=0)),
            ),
        ),
    ]
