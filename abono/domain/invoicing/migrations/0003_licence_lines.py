from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("invoicing", "0002_credit_notes"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="invoiceline", name="invoice_line_kind_known"),
        AddConstraintNotValid(
            model_name="invoiceline",
            constraint=models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "plan",
                        "plan_unused",
                        "package",
                        "activation",
                        "package_raise",
                        "overage",
                        "extra_interactions",
                        "extra_licences",
                        "licences_unused",
                    ]
                ),
                name="invoice_line_kind_is_known",
            ),
        ),
    ]
