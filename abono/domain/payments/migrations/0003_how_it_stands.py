import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

import abono.kernel.ids


class Migration(migrations.Migration):
    dependencies = [
        ("invoicing", "0018_how_it_stands"),
        ("payments", "0002_refund"),
    ]

    operations = [
        migrations.CreateModel(
            name="Dispute",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=abono.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("state", models.CharField(default="open", max_length=4)),
                ("why", models.CharField(max_length=300)),
                ("opened_by", models.CharField(max_length=120)),
                ("opened_at", models.DateTimeField()),
                ("ended_by", models.CharField(default="", max_length=120)),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_why", models.CharField(default="", max_length=300)),
            ],
        ),
        migrations.CreateModel(
            name="Receipt",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=abono.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("way", models.CharField(max_length=8)),
                ("amount_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("credit_minor", models.BigIntegerField()),
                ("received_date", models.DateField()),
                ("reference", models.CharField(max_length=120)),
                ("why", models.CharField(max_length=300)),
                ("recorded_by", models.CharField(max_length=120)),
                ("recorded_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("withdrawn_by", models.CharField(default="", max_length=120)),
                ("withdrawn_why", models.CharField(default="", max_length=300)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="attempt",
            name="attempt_state_known",
        ),
        migrations.RemoveConstraint(
            model_name="refund",
            name="refund_state_known",
        ),
        migrations.AddField(
            model_name="refund",
            name="again",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="refund",
            name="way",
            field=models.CharField(db_default="", default="", max_length=8),
        ),
        migrations.AddField(
            model_name="refund",
            name="why",
            field=models.CharField(db_default="", default="", max_length=300),
        ),
        AddConstraintNotValid(
            model_name="attempt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ["created", "unknown", "paid", "declined", "lost", "differs", "reversed", "surplus"],
                    )
                ),
                name="attempt_state_known_2",
            ),
        ),
        AddConstraintNotValid(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["asked", "done", "failed", "again", "paid", "credit"])),
                name="refund_state_known_2",
            ),
        ),
        AddConstraintNotValid(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(("again__isnull", True), ("state", "again"), _connector="OR"),
                name="refund_once_more",
            ),
        ),
        AddConstraintNotValid(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("way", ""),
                    models.Q(("state", "paid"), ("way__in", ["transfer", "cash", "other"])),
                    _connector="OR",
                ),
                name="refund_paid_on_a_way",
            ),
        ),
        migrations.AddField(
            model_name="dispute",
            name="attempt",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="payments.attempt",
            ),
        ),
        migrations.AddField(
            model_name="dispute",
            name="invoice",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="invoicing.invoice"
            ),
        ),
        migrations.AddField(
            model_name="receipt",
            name="invoice",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="invoicing.invoice"
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")), fields=("invoice",), name="dispute_one_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["open", "won", "lost"])), name="dispute_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="dispute_amount_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="dispute",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("state", "open")),
                    models.Q(models.Q(("state", "open"), _negated=True), ("ended_at__isnull", False)),
                    _connector="OR",
                ),
                name="dispute_ended_or_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(
                condition=models.Q(("way__in", ["transfer", "cash", "other"])), name="receipt_way_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("amount_minor__gt", 0),
                    ("credit_minor__gte", 0),
                    ("credit_minor__lte", models.F("amount_minor")),
                ),
                name="receipt_credit_within",
            ),
        ),
        migrations.AddConstraint(
            model_name="receipt",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("withdrawn_at__isnull", True), ("withdrawn_why", "")),
                    models.Q(("withdrawn_at__isnull", False), models.Q(("withdrawn_why", ""), _negated=True)),
                    _connector="OR",
                ),
                name="receipt_withdrawn_with_reason",
            ),
        ),
    ]
