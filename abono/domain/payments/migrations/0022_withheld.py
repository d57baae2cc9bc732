from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """What buyers withhold of a payment for the tax office (PAY-6)."""

    dependencies = [
        ("payments", "0021_mandate"),
    ]

    operations = [
        migrations.AddField("receipt", "withheld_minor", models.BigIntegerField(db_default=0, default=0)),
        AddConstraintNotValid(
            model_name="receipt",
            constraint=models.CheckConstraint(
                name="receipt_withheld_of_all",
                condition=Q(withheld_minor=0) | Q(withheld_minor__gt=0, credit_minor=0),
            ),
        ),
    ]
