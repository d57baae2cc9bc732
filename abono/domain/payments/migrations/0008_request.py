import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q

import abono.kernel.ids

OPEN = ("created", "asked", "payable")


class Migration(migrations.Migration):
    """Slips and Pix that ask for the money of an invoice, and what came for them (PAY-4, PAY-6)."""

    dependencies = [
        ("invoicing", "0024_followed_up"),
        ("payments", "0007_sent_valid"),
    ]

    operations = [
        migrations.CreateModel(
            name="PaymentRequest",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=abono.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("means", models.CharField(max_length=4)),
                ("gateway", models.CharField(max_length=30)),
                ("number", models.BigIntegerField()),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("state", models.CharField(default="created", max_length=8)),
                ("due_date", models.DateField(null=True)),
                ("until", models.DateTimeField()),
                ("payer", models.JSONField()),
                ("fine_percent", models.DecimalField(decimal_places=2, max_digits=5, null=True)),
                ("interest_percent", models.DecimalField(decimal_places=2, max_digits=5, null=True)),
                ("reference", models.CharField(default="", max_length=120)),
                ("pay_with", models.CharField(default="", max_length=512)),
                ("bar_code", models.CharField(default="", max_length=44)),
                ("qr", models.CharField(default="", max_length=512)),
                ("code", models.CharField(default="", max_length=60)),
                ("asked_by", models.CharField(max_length=120)),
                ("asked_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("asked", models.SmallIntegerField(default=0)),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="invoicing.invoice"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        name="request_state_known",
                        condition=Q(state__in=[*OPEN, "paid", "refused", "ended"]),
                    ),
                    models.CheckConstraint(
                        name="request_means_known", condition=Q(means__in=("pix", "slip"))
                    ),
                    models.CheckConstraint(name="request_amount_positive", condition=Q(amount_minor__gt=0)),
                    models.CheckConstraint(
                        name="request_late_terms_whole",
                        condition=Q(fine_percent=None, interest_percent=None)
                        | Q(
                            fine_percent__gte=0,
                            fine_percent__isnull=False,
                            interest_percent__gte=0,
                            interest_percent__isnull=False,
                        ),
                    ),
                    models.CheckConstraint(
                        name="request_payable_says_how", condition=~Q(state="payable") | ~Q(pay_with="")
                    ),
                    models.UniqueConstraint(name="request_number_once", fields=["gateway", "number"]),
                    models.UniqueConstraint(
                        name="request_reference_once",
                        fields=["gateway", "reference"],
                        condition=~Q(reference=""),
                    ),
                    models.UniqueConstraint(
                        name="request_one_open", fields=["invoice", "means"], condition=Q(state__in=OPEN)
                    ),
                ],
            },
        ),
        migrations.AddField("receipt", "gateway", models.CharField(db_default="", default="", max_length=30)),
        migrations.AddField(
            "receipt",
            "request",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="receipts",
                to="payments.paymentrequest",
            ),
        ),
        migrations.RemoveConstraint("receipt", "receipt_way_known"),
        AddConstraintNotValid(
            "receipt",
            models.CheckConstraint(
                name="receipt_way_known_2",
                condition=Q(way__in=["transfer", "cash", "other", "pix", "slip"]),
            ),
        ),
        AddConstraintNotValid(
            "receipt",
            models.CheckConstraint(
                name="receipt_of_a_request",
                condition=Q(request=None, gateway="") | (Q(request__isnull=False) & ~Q(gateway="")),
            ),
        ),
        migrations.AddConstraint(
            "receipt",
            models.UniqueConstraint(
                name="receipt_once", fields=["gateway", "reference"], condition=~Q(gateway="")
            ),
        ),
    ]
