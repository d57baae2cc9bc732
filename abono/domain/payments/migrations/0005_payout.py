from django.db import migrations, models
from django.db.models import Q

from abono.kernel.ids import uuid7


class Migration(migrations.Migration):
    """What gateways paid out to accounts of the seller (PAY-13)."""

    dependencies = [
        ("payments", "0004_how_it_stands_valid"),
    ]

    operations = [
        migrations.CreateModel(
            name="Payout",
            fields=[
                ("id", models.UUIDField(default=uuid7, editable=False, primary_key=True, serialize=False)),
                ("gateway", models.CharField(max_length=30)),
                ("reference", models.CharField(max_length=120)),
                ("arrived_minor", models.BigIntegerField()),
                ("fees_minor", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("paid_on", models.DateField()),
                ("actor", models.CharField(max_length=120)),
                ("recorded_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("withdrawn_by", models.CharField(db_default="", default="", max_length=120)),
                ("withdrawn_why", models.CharField(db_default="", default="", max_length=300)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(withdrawn_at=None), fields=("gateway", "reference"), name="payout_once"
                    ),
                    models.CheckConstraint(
                        condition=Q(arrived_minor__gte=0, fees_minor__gte=0)
                        & (Q(arrived_minor__gt=0) | Q(fees_minor__gt=0)),
                        name="payout_moves_money",
                    ),
                    models.CheckConstraint(
                        condition=Q(withdrawn_at=None, withdrawn_by="", withdrawn_why="")
                        | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_by="") & ~Q(withdrawn_why="")),
                        name="payout_withdrawn_with_reason",
                    ),
                ],
            },
        ),
    ]
