import django.db.models.deletion
import django.db.models.expressions
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import abono.kernel.ids
from abono.platform.postgres import sqlfiles

_BACK = """
CREATE OR REPLACE TRIGGER invoicing_issued_never_changes BEFORE UPDATE OR DELETE ON invoicing_invoice
    FOR EACH ROW EXECUTE FUNCTION invoicing_issued_never_changes_v2();
DROP FUNCTION invoicing_issued_never_changes_v3
"""


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0011_arrangements"),
        ("customers", "0002_advance"),
        ("invoicing", "0017_add_on_lines_valid"),
    ]

    operations = [
        migrations.CreateModel(
            name="Move",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=abono.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("before", models.CharField(max_length=9)),
                ("after", models.CharField(max_length=9)),
                ("paid_at", models.DateTimeField(null=True)),
                ("rest_minor", models.BigIntegerField()),
                ("why", models.CharField(max_length=300)),
                ("made_by", models.CharField(max_length=120)),
                ("made_at", models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="invoice",
            name="invoice_state_known",
        ),
        migrations.RemoveConstraint(
            model_name="invoice",
            name="invoice_issued_has_number",
        ),
        migrations.RemoveConstraint(
            model_name="invoice",
            name="invoice_paid_has_moment",
        ),
        migrations.RemoveConstraint(
            model_name="invoice",
            name="invoice_owed_not_negative",
        ),
        migrations.AddField(
            model_name="invoice",
            name="received_minor",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        AddConstraintNotValid(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["draft", "pending", "paid", "cancelled", "write_off", "disputed"])
                ),
                name="invoice_state_known_2",
            ),
        ),
        AddConstraintNotValid(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("number", None), ("state", "draft")),
                    models.Q(
                        ("issued_at__isnull", False),
                        ("number__isnull", False),
                        ("state__in", ("pending", "paid", "write_off", "disputed")),
                    ),
                    ("state", "cancelled"),
                    _connector="OR",
                ),
                name="invoice_issued_has_number_2",
            ),
        ),
        AddConstraintNotValid(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("paid_at__isnull", True), ("state__in", ("paid", "disputed")), _connector="OR"
                ),
                name="invoice_paid_has_moment_2",
            ),
        ),
        AddConstraintNotValid(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("credit_used_minor__gte", 0),
                    ("credited_minor__gte", 0),
                    ("received_minor__gte", 0),
                    (
                        "total_minor__gte",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                models.F("credited_minor"), "+", models.F("credit_used_minor")
                            ),
                            "+",
                            models.F("received_minor"),
                        ),
                    ),
                ),
                name="invoice_owed_not_negative_2",
            ),
        ),
        migrations.AddField(
            model_name="move",
            name="invoice",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="moves", to="invoicing.invoice"
            ),
        ),
        migrations.AddConstraint(
            model_name="move",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("after__in", ("pending", "paid", "write_off", "disputed")),
                    ("before__in", ("pending", "paid", "write_off", "disputed")),
                ),
                name="invoice_move_states_known",
            ),
        ),
        sqlfiles.script("abono.domain.invoicing", "issued_never_changes_v3.sql", undo=_BACK),
        sqlfiles.append_only("invoicing_move"),
    ]
