import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import F, Q

import abono.kernel.ids


class Migration(migrations.Migration):
    """What is paid late: fine and interest of slips, new due dates, and what the next invoice asks for (PAY-5)."""

    dependencies = [
        ("payments", "0018_news_that_name_money"),
    ]

    operations = [
        migrations.AddField(
            "paymentrequest", "charges_minor", models.BigIntegerField(db_default=0, default=0)
        ),
        migrations.AddField("paymentrequest", "counted_from", models.DateField(null=True)),
        migrations.AddField(
            "paymentrequest",
            "instead_of",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="payments.paymentrequest",
            ),
        ),
        migrations.AddField(
            "paymentrequest", "moved_by", models.CharField(db_default="", default="", max_length=8)
        ),
        migrations.AddField(
            "paymentrequest", "why", models.CharField(db_default="", default="", max_length=300)
        ),
        migrations.AddField(
            "paymentrequest", "replaced", models.BooleanField(db_default=False, default=False)
        ),
        migrations.AddField("paymentrequest", "said_paid_on", models.DateField(null=True)),
        migrations.RemoveConstraint("paymentrequest", "request_one_open"),
        migrations.AddConstraint(
            "paymentrequest",
            models.UniqueConstraint(
                name="request_one_open_2",
                fields=["invoice", "means"],
                condition=Q(state__in=["created", "asked", "payable"], replaced=False),
            ),
        ),
        migrations.AddConstraint(
            "paymentrequest", models.UniqueConstraint(name="request_instead_once", fields=["instead_of"])
        ),
        migrations.AddConstraint(
            "paymentrequest",
            models.CheckConstraint(
                name="request_moved_by_somebody",
                condition=Q(moved_by="") | Q(moved_by__in=["customer", "seller"], instead_of__isnull=False),
            ),
        ),
        migrations.AddConstraint(
            "paymentrequest",
            models.CheckConstraint(
                name="request_charges_within",
                condition=Q(charges_minor__gte=0, charges_minor__lt=F("amount_minor")),
            ),
        ),
        migrations.CreateModel(
            name="LateCharge",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=abono.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("money", models.UUIDField()),
                ("paid_minor", models.BigIntegerField()),
                ("days", models.IntegerField()),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("due_date", models.DateField()),
                ("paid_date", models.DateField()),
                ("made_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="invoicing.invoice"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(name="late_charge_once", fields=["money"]),
                    models.CheckConstraint(
                        name="late_charge_asks",
                        condition=Q(amount_minor__gt=0, paid_minor__gt=0, days__gt=0),
                    ),
                ],
            },
        ),
        migrations.AddField("receipt", "late_minor", models.BigIntegerField(db_default=0, default=0)),
        AddConstraintNotValid(
            model_name="receipt",
            constraint=models.CheckConstraint(
                name="receipt_late_within",
                condition=Q(late_minor__gte=0, late_minor__lte=F("amount_minor") - F("credit_minor")),
            ),
        ),
    ]
