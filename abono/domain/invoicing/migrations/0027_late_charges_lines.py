from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

KINDS = [
    "plan",
    "plan_unused",
    "plan_discount",
    "package",
    "package_discount",
    "activation",
    "package_raise",
    "package_back",
    "overage",
    "extra_interactions",
    "extra_licences",
    "licences_unused",
    "one_off",
    "licences_discount",
    "tax",
    "add_on",
    "licence_peak",
    "late_charges",
]


class Migration(migrations.Migration):
    dependencies = [
        ("invoicing", "0026_asked_once_a_statement"),
    ]

    operations = [
        AddConstraintNotValid(
            model_name="invoiceline",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", KINDS)), name="invoice_line_kind_known_8"
            ),
        ),
    ]
