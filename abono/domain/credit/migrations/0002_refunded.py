from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q

_TAKEN = ["used", "refunded"]


class Migration(migrations.Migration):
    dependencies = [
        ("credit", "0001_initial"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="entry", name="credit_entry_kind_known"),
        migrations.RemoveConstraint(model_name="entry", name="credit_entry_signed"),
        AddConstraintNotValid(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=Q(kind__in=["granted", "used", "returned", "refunded"]),
                name="credit_entry_kind_is_known",
            ),
        ),
        AddConstraintNotValid(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=Q(kind__in=_TAKEN, amount_minor__lt=0)
                | (~Q(kind__in=_TAKEN) & Q(amount_minor__gt=0)),
                name="credit_entry_is_signed",
            ),
        ),
    ]
