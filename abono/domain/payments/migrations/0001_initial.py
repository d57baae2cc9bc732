import django.db.models.deletion
from django.db import migrations, models

import abono.kernel.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("customers", "0001_initial"),
        ("invoicing", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="GatewayEvent",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=abono.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("gateway", models.CharField(max_length=30)),
                ("event_id", models.CharField(max_length=120)),
                ("kind", models.CharField(max_length=60)),
                ("key", models.CharField(max_length=120)),
                ("body", models.TextField()),
                ("received_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("gateway", "event_id"), name="gateway_event_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="PaymentMethod",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=abono.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("gateway", models.CharField(max_length=30)),
                ("token", models.CharField(max_length=120)),
                ("brand", models.CharField(max_length=20)),
                ("last4", models.CharField(max_length=4)),
                ("holder", models.CharField(max_length=80)),
                ("exp_month", models.SmallIntegerField()),
                ("exp_year", models.SmallIntegerField()),
                ("in_use", models.BooleanField(default=False)),
                ("once", models.BooleanField(default=False)),
                ("saved_at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.customer"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=abono.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("state", models.CharField(default="created", max_length=8)),
                ("off_session", models.BooleanField()),
                ("reference", models.CharField(default="", max_length=120)),
                ("decline_code", models.CharField(default="", max_length=60)),
                ("decline_hint", models.CharField(default="", max_length=20)),
                ("decline_retry", models.CharField(default="", max_length=12)),
                ("challenge_url", models.CharField(default="", max_length=500)),
                ("created_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("asked", models.SmallIntegerField(default=0)),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="invoicing.invoice"
                    ),
                ),
                (
                    "method",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.paymentmethod",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="UnmatchedMoney",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=abono.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("gateway", models.CharField(max_length=30)),
                ("key", models.CharField(max_length=120)),
                ("reference", models.CharField(max_length=120)),
                ("why", models.CharField(max_length=8)),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("found_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_how", models.CharField(default="", max_length=200)),
                (
                    "attempt",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="payments.attempt",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="paymentmethod",
            constraint=models.UniqueConstraint(fields=("gateway", "token"), name="method_token_once"),
        ),
        migrations.AddConstraint(
            model_name="paymentmethod",
            constraint=models.UniqueConstraint(
                condition=models.Q(("in_use", True)), fields=("customer",), name="method_one_in_use"
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentmethod",
            constraint=models.CheckConstraint(
                condition=models.Q(("removed_at__isnull", True), ("in_use", False), _connector="OR"),
                name="method_removed_is_not_in_use",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentmethod",
            constraint=models.CheckConstraint(
                condition=models.Q(("once", False), ("in_use", False), _connector="OR"),
                name="method_once_is_not_in_use",
            ),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["created", "unknown", "paid", "declined", "lost", "differs", "surplus"])
                ),
                name="attempt_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["created", "unknown", "differs", "paid"])),
                fields=("invoice",),
                name="attempt_one_live_per_invoice",
            ),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="attempt_amount_positive"
            ),
        ),
        migrations.AddIndex(
            model_name="unmatchedmoney",
            index=models.Index(
                condition=models.Q(("closed_at", None)), fields=["-found_at"], name="unmatched_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="unmatchedmoney",
            constraint=models.UniqueConstraint(fields=("gateway", "key", "why"), name="unmatched_once"),
        ),
        migrations.AddConstraint(
            model_name="unmatchedmoney",
            constraint=models.CheckConstraint(
                condition=models.Q(("why__in", ["differs", "nobody", "disputed", "surplus"])),
                name="unmatched_why_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="unmatchedmoney",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", True), ("closed_how", "")),
                    models.Q(("closed_at__isnull", False), models.Q(("closed_how", ""), _negated=True)),
                    _connector="OR",
                ),
                name="unmatched_closed_with_reason",
            ),
        ),
    ]
