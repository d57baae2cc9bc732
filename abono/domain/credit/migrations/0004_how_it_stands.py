from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0011_arrangements"),
        ("credit", "0003_refunded_valid"),
        ("invoicing", "0017_add_on_lines_valid"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="entry",
            name="credit_entry_kind_is_known",
        ),
        migrations.RemoveConstraint(
            model_name="entry",
            name="credit_entry_is_signed",
        ),
        AddConstraintNotValid(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        ["granted", "used", "returned", "refunded", "restored", "overpaid", "recalled"],
                    )
                ),
                name="credit_entry_kind_known_2",
            ),
        ),
        AddConstraintNotValid(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("amount_minor__lt", 0), ("kind__in", ("used", "refunded", "recalled"))),
                    models.Q(
                        models.Q(("kind__in", ("used", "refunded", "recalled")), _negated=True),
                        ("amount_minor__gt", 0),
                    ),
                    _connector="OR",
                ),
                name="credit_entry_is_signed_2",
            ),
        ),
    ]
