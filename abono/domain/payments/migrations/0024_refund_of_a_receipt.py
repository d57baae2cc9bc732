import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """What came without a card goes back, too, and each refund says why (PAY-9)."""

    dependencies = [
        ("payments", "0023_withheld_valid"),
    ]

    operations = [
        migrations.AlterField(
            "refund",
            "attempt",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="refunds",
                to="payments.attempt",
            ),
        ),
        migrations.AddField(
            "refund",
            "receipt",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="payments.receipt",
            ),
        ),
        migrations.AddField("refund", "because", models.CharField(db_default="", default="", max_length=8)),
        migrations.AddField(
            "refund", "asked_why", models.CharField(db_default="", default="", max_length=300)
        ),
        migrations.RemoveConstraint("refund", "refund_state_known_2"),
        migrations.RemoveConstraint("refund", "refund_decided_or_asked"),
        AddConstraintNotValid(
            "refund",
            models.CheckConstraint(
                name="refund_state_known_3",
                condition=Q(state__in=["asked", "done", "failed", "owed", "again", "paid", "credit"]),
            ),
        ),
        AddConstraintNotValid(
            "refund",
            models.CheckConstraint(
                name="refund_decided_or_waits",
                condition=Q(state__in=["asked", "owed"], decided_at__isnull=True)
                | (~Q(state__in=["asked", "owed"]) & Q(decided_at__isnull=False)),
            ),
        ),
        AddConstraintNotValid(
            "refund",
            models.CheckConstraint(
                name="refund_of_one_payment",
                condition=Q(attempt__isnull=False, receipt=None) | Q(attempt=None, receipt__isnull=False),
            ),
        ),
        AddConstraintNotValid(
            "refund",
            models.CheckConstraint(
                name="refund_because_known",
                condition=Q(because__in=["", "mistake", "twice", "service", "left", "regret", "other"]),
            ),
        ),
    ]
