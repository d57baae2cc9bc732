import django.db.models.deletion
from django.db import migrations, models

import abono.kernel.ids
from abono.platform.postgres import sqlfiles


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("contracts", "0001_initial"),
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
                ("place", models.IntegerField()),
                ("kind", models.CharField(max_length=8)),
                ("amount_minor", models.BigIntegerField()),
                ("balance_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("made_at", models.DateTimeField()),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="contracts.contract"
                    ),
                ),
                (
                    "credit_note",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="invoicing.creditnote",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="invoicing.invoice"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("contract", "place"), name="credit_entry_once"),
                    models.UniqueConstraint(fields=("credit_note",), name="credit_granted_once"),
                    models.CheckConstraint(
                        condition=models.Q(("balance_minor__gte", 0)), name="credit_never_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["granted", "used", "returned"])),
                        name="credit_entry_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("amount_minor__lt", 0), ("kind", "used")),
                            models.Q(models.Q(("kind", "used"), _negated=True), ("amount_minor__gt", 0)),
                            _connector="OR",
                        ),
                        name="credit_entry_signed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("credit_note__isnull", False), ("kind", "granted")),
                            models.Q(
                                models.Q(("kind", "granted"), _negated=True), ("credit_note__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="credit_granted_by_a_note",
                    ),
                ],
            },
        ),
        sqlfiles.append_only("credit_entry"),
        sqlfiles.script(
            "abono.domain.credit",
            "entry_follows_v1.sql",
            undo="DROP TRIGGER credit_entry_follows ON credit_entry; DROP FUNCTION credit_entry_follows_v1();",
        ),
    ]
