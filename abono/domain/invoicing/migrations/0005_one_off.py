from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

REASONS = ["first", "renewal", "interim", "change", "one_off"]
KINDS = [
    "plan",
    "plan_unused",
    "package",
    "activation",
    "package_raise",
    "overage",
    "extra_interactions",
    "extra_licences",
    "licences_unused",
    "one_off",
]


class Migration(migrations.Migration):
    dependencies = [
        ("invoicing", "0004_licence_lines_valid"),
    ]

    operations = [
        AddConstraintNotValid(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason__in", REASONS)), name="invoice_reason_known_2"
            ),
        ),
        AddConstraintNotValid(
            model_name="invoiceline",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", KINDS)), name="invoice_line_kind_known_2"
            ),
        ),
    ]
