import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

import abono.kernel.ids

ALIVE = ["created", "asked", "agreed"]


class Migration(migrations.Migration):
    """Mandates of Pix Automático, and what is charged under them (PAY-11)."""

    dependencies = [
        ("contracts", "0017_told"),
        ("customers", "0006_left_alone_valid"),
        ("invoicing", "0028_late_charges_lines_valid"),
        ("payments", "0020_paid_late_valid"),
    ]

    operations = [
        migrations.CreateModel(
            name="Mandate",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=abono.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("gateway", models.CharField(max_length=30)),
                ("name", models.CharField(max_length=35)),
                ("subject", models.CharField(max_length=35)),
                ("payer", models.JSONField()),
                ("most_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("begins", models.DateField()),
                ("state", models.CharField(default="created", max_length=7)),
                ("reference", models.CharField(default="", max_length=120)),
                ("agree_with", models.CharField(default="", max_length=512)),
                ("code", models.CharField(default="", max_length=60)),
                ("by_payer", models.BooleanField(default=False)),
                ("asked_by", models.CharField(max_length=120)),
                ("asked_at", models.DateTimeField()),
                ("agreed_at", models.DateTimeField(null=True)),
                ("cancelled_at", models.DateTimeField(null=True)),
                ("over_at", models.DateTimeField(null=True)),
                ("looked", models.SmallIntegerField(default=0)),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="contracts.contract"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.customer"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        name="mandate_state_known",
                        condition=Q(state__in=[*ALIVE, "refused", "ended"]),
                    ),
                    models.CheckConstraint(name="mandate_most_positive", condition=Q(most_minor__gt=0)),
                    models.CheckConstraint(
                        name="mandate_asked_says_how", condition=~Q(state="asked") | ~Q(agree_with="")
                    ),
                    models.CheckConstraint(
                        name="mandate_over_or_alive",
                        condition=Q(state__in=ALIVE, over_at__isnull=True)
                        | (~Q(state__in=ALIVE) & Q(over_at__isnull=False)),
                    ),
                    models.UniqueConstraint(name="mandate_name_once", fields=["gateway", "name"]),
                    models.UniqueConstraint(
                        name="mandate_reference_once",
                        fields=["gateway", "reference"],
                        condition=~Q(reference=""),
                    ),
                    models.UniqueConstraint(
                        name="mandate_one_alive",
                        fields=["contract"],
                        condition=Q(state__in=ALIVE, cancelled_at=None),
                    ),
                ],
            },
        ),
        migrations.AddField("paymentrequest", "tried_on", models.DateField(null=True)),
        migrations.AddField(
            "paymentrequest",
            "mandate",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="payments.mandate",
            ),
        ),
        migrations.AddConstraint(
            "paymentrequest",
            models.CheckConstraint(
                name="request_of_a_mandate",
                condition=Q(mandate__isnull=True, tried_on__isnull=True)
                | Q(mandate__isnull=False, means="pix", due_date__isnull=False),
            ),
        ),
    ]
