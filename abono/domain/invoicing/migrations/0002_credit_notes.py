import django.db.models.deletion
from django.db import migrations, models

import abono.kernel.ids
from abono.platform.postgres import sqlfiles


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0001_initial"),
        ("invoicing", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="CreditNote",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=abono.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("series", models.CharField(max_length=20)),
                ("number", models.BigIntegerField()),
                ("total_minor", models.BigIntegerField()),
                ("credit_minor", models.BigIntegerField()),
                ("why", models.CharField(max_length=300)),
                ("issued_by", models.CharField(max_length=120)),
                ("issued_at", models.DateTimeField()),
                ("issued_date", models.DateField()),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.customer"
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit_notes",
                        to="invoicing.invoice",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CreditNoteLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("amount_minor", models.BigIntegerField()),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="invoicing.invoiceline",
                    ),
                ),
                (
                    "note",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="invoicing.creditnote",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="creditnote",
            index=models.Index(fields=["customer", "-id"], name="credit_note_of_customer"),
        ),
        migrations.AddConstraint(
            model_name="creditnote",
            constraint=models.UniqueConstraint(fields=("series", "number"), name="credit_note_number_once"),
        ),
        migrations.AddConstraint(
            model_name="creditnote",
            constraint=models.CheckConstraint(
                condition=models.Q(("total_minor__gt", 0)), name="credit_note_of_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="creditnote",
            constraint=models.CheckConstraint(
                condition=models.Q(("credit_minor__gte", 0), ("credit_minor__lte", models.F("total_minor"))),
                name="credit_note_credit_within",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditnote",
            constraint=models.CheckConstraint(
                condition=models.Q(("why", ""), _negated=True), name="credit_note_said_why"
            ),
        ),
        migrations.AddConstraint(
            model_name="creditnoteline",
            constraint=models.UniqueConstraint(fields=("note", "line"), name="credit_note_line_once"),
        ),
        migrations.AddConstraint(
            model_name="creditnoteline",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="credit_note_line_positive"
            ),
        ),
        sqlfiles.append_only("invoicing_creditnote"),
        sqlfiles.append_only("invoicing_creditnoteline"),
        sqlfiles.script(
            "abono.domain.invoicing",
            "credit_notes_v1.sql",
            undo="DROP TRIGGER invoicing_credit_note_is_its_lines ON invoicing_creditnote;"
            " DROP TRIGGER invoicing_credit_note_is_closed ON invoicing_creditnoteline;"
            " DROP FUNCTION invoicing_credit_note_is_its_lines_v1();"
            " DROP FUNCTION invoicing_credit_note_is_closed_v1();",
        ),
    ]
