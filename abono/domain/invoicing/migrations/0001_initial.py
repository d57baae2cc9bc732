import django.db.models.deletion
from django.db import migrations, models

import abono.kernel.ids
from abono.platform.postgres import sqlfiles


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("contracts", "0001_initial"),
        ("customers", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Invoice",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=abono.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "change",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contracts.change",
                    ),
                ),
                ("reason", models.CharField(max_length=13)),
                ("key", models.CharField(max_length=80)),
                ("state", models.CharField(default="draft", max_length=9)),
                ("series", models.CharField(max_length=20)),
                ("number", models.BigIntegerField(null=True)),
                ("currency", models.CharField(max_length=3)),
                ("total_minor", models.BigIntegerField()),
                ("credited_minor", models.BigIntegerField(default=0)),
                ("credit_used_minor", models.BigIntegerField(default=0)),
                ("buyer", models.JSONField()),
                ("created_at", models.DateTimeField()),
                ("issued_at", models.DateTimeField(null=True)),
                ("issued_date", models.DateField(null=True)),
                ("due_date", models.DateField(null=True)),
                ("paid_at", models.DateTimeField(null=True)),
                ("cancelled_at", models.DateTimeField(null=True)),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="contracts.contract"
                    ),
                ),
                (
                    "replaces",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="invoicing.invoice",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.customer"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="InvoiceLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.SmallIntegerField()),
                ("kind", models.CharField(max_length=20)),
                ("name", models.CharField(max_length=60)),
                ("period_start", models.DateTimeField()),
                ("period_end", models.DateTimeField()),
                ("quantity", models.BigIntegerField()),
                ("unit_price_micro", models.BigIntegerField()),
                ("amount_minor", models.BigIntegerField()),
                ("fiscal_type", models.CharField(max_length=10)),
                ("calculation", models.JSONField(null=True)),
                ("credited_minor", models.BigIntegerField(default=0)),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="invoicing.invoice",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["customer", "-issued_at"], name="invoice_of_customer"),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                condition=models.Q(("state", "pending")), fields=["id"], name="invoice_pending"
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["draft", "pending", "paid", "cancelled"])),
                name="invoice_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason__in", ["first", "renewal", "interim", "change"])),
                name="invoice_reason_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("number", None), ("state", "draft")),
                    models.Q(
                        ("issued_at__isnull", False),
                        ("number__isnull", False),
                        ("state__in", ("pending", "paid")),
                    ),
                    ("state", "cancelled"),
                    _connector="OR",
                ),
                name="invoice_issued_has_number",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("paid_at__isnull", True), ("state", "paid"), _connector="OR"),
                name="invoice_paid_has_moment",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.UniqueConstraint(fields=("series", "number"), name="invoice_number_once"),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "cancelled"), _negated=True),
                fields=("contract", "key"),
                name="invoice_once_per_key",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("total_minor__gte", 0)), name="invoice_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="invoice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("credit_used_minor__gte", 0),
                    ("credited_minor__gte", 0),
                    (
                        "total_minor__gte",
                        models.F("credited_minor") + models.F("credit_used_minor"),
                    ),
                ),
                name="invoice_owed_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoiceline",
            constraint=models.UniqueConstraint(fields=("invoice", "position"), name="invoice_line_position"),
        ),
        migrations.AddConstraint(
            model_name="invoiceline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "plan",
                            "plan_unused",
                            "package",
                            "activation",
                            "package_raise",
                            "overage",
                            "extra_interactions",
                        ],
                    )
                ),
                name="invoice_line_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoiceline",
            constraint=models.CheckConstraint(
                condition=models.Q(("fiscal_type__in", ["licensing", "sva"])),
                name="invoice_line_fiscal_type_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoiceline",
            constraint=models.CheckConstraint(
                condition=models.Q(("period_start__lt", models.F("period_end"))),
                name="invoice_line_period_forward",
            ),
        ),
        migrations.AddConstraint(
            model_name="invoiceline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("credited_minor", 0),
                    models.Q(("credited_minor__gt", 0), ("credited_minor__lte", models.F("amount_minor"))),
                    _connector="OR",
                ),
                name="invoice_line_credited_within",
            ),
        ),
        sqlfiles.script(
            "abono.domain.invoicing",
            "issued_never_changes_v1.sql",
            undo="DROP TRIGGER invoicing_issued_lines_never_change ON invoicing_invoiceline;"
            " DROP TRIGGER invoicing_issued_never_changes ON invoicing_invoice;"
            " DROP FUNCTION invoicing_issued_lines_never_change_v1();"
            " DROP FUNCTION invoicing_issued_never_changes_v1();",
        ),
    ]
