import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """What came by slip or Pix can be contested too, and what the seller says of that at the bank (PAY-10)."""

    dependencies = [
        ("payments", "0014_cards_that_expire"),
    ]

    operations = [
        migrations.AddField(
            "dispute",
            "receipt",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="payments.receipt",
            ),
        ),
        migrations.AddField("dispute", "answer_by", models.DateField(null=True)),
        migrations.AddField(
            "dispute", "evidence", models.CharField(db_default="", default="", max_length=2000)
        ),
        migrations.AddField(
            "dispute", "evidence_by", models.CharField(db_default="", default="", max_length=120)
        ),
        migrations.AddField("dispute", "evidence_at", models.DateTimeField(null=True)),
        AddConstraintNotValid(
            "dispute",
            models.CheckConstraint(
                name="dispute_of_one_payment", condition=Q(attempt=None) | Q(receipt=None)
            ),
        ),
        AddConstraintNotValid(
            "dispute",
            models.CheckConstraint(
                name="dispute_evidence_whole",
                condition=Q(evidence="", evidence_by="", evidence_at=None)
                | (~Q(evidence="") & ~Q(evidence_by="") & Q(evidence_at__isnull=False)),
            ),
        ),
    ]
