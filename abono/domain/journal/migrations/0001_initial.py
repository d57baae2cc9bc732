import django.db.models.deletion
from django.db import migrations, models

import abono.kernel.ids
from abono.platform.postgres import sqlfiles


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("contracts", "0001_initial"),
        ("customers", "0001_initial"),
        ("invoicing", "0002_credit_notes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Entry",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=abono.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("fact", models.CharField(max_length=20)),
                ("reference", models.UUIDField()),
                ("sandbox", models.BooleanField()),
                ("made_at", models.DateTimeField()),
                ("day", models.DateField()),
                (
                    "contract",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contracts.contract",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="invoicing.invoice",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Posting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("account", models.CharField(max_length=11)),
                ("detail", models.CharField(max_length=30)),
                ("currency", models.CharField(max_length=3)),
                ("amount_minor", models.BigIntegerField()),
                (
                    "entry",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="postings",
                        to="journal.entry",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(fields=["day"], name="journal_entry_day"),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.UniqueConstraint(fields=("fact", "reference"), name="journal_fact_once"),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "fact__in",
                        [
                            "invoice_issued",
                            "invoice_cancelled",
                            "credit_note_issued",
                            "credit_granted",
                            "credit_used",
                            "credit_returned",
                            "payment_received",
                            "money_found",
                            "money_disputed",
                            "money_returned",
                        ],
                    )
                ),
                name="journal_fact_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="posting",
            constraint=models.UniqueConstraint(
                fields=("entry", "account", "detail", "currency"), name="journal_posting_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="posting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "account__in",
                        [
                            "receivable",
                            "clearing",
                            "disputed",
                            "credit",
                            "unmatched",
                            "revenue",
                            "chargebacks",
                        ],
                    )
                ),
                name="journal_account_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="posting",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor", 0), _negated=True), name="journal_posting_moves"
            ),
        ),
        sqlfiles.append_only("journal_entry"),
        sqlfiles.append_only("journal_posting"),
        sqlfiles.script(
            "abono.domain.journal",
            "post_v1.sql",
            undo="DROP TRIGGER journal_sums_to_zero ON journal_posting; DROP FUNCTION journal_sums_to_zero_v1();"
            " DROP FUNCTION journal_post_v1(jsonb);",
        ),
    ]
