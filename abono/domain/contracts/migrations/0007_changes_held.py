from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q

STATES = [
    "quoted",
    "confirm",
    "approval",
    "waiting",
    "scheduled",
    "applied",
    "given_up",
    "lapsed",
    "refused",
    "withdrawn",
    "undone",
]
OPEN = ["quoted", "confirm", "approval", "waiting", "scheduled"]


class Migration(migrations.Migration):
    """A change may be held until somebody says yes to it (CHG-6)."""

    dependencies = [
        ("contracts", "0006_waits"),
    ]

    operations = [
        migrations.AddField("change", "held_until", models.DateTimeField(null=True)),
        migrations.AddField("change", "link_hash", models.BinaryField(null=True)),
        migrations.AddField("change", "confirmed_at", models.DateTimeField(null=True)),
        migrations.AddField("change", "approved_at", models.DateTimeField(null=True)),
        migrations.AddField("change", "decided_by", models.CharField(db_default="", max_length=120)),
        migrations.AddField("change", "answer", models.CharField(db_default="", max_length=500)),
        AddConstraintNotValid(
            "change",
            models.CheckConstraint(condition=Q(state__in=STATES), name="change_state_listed"),
        ),
        AddConstraintNotValid(
            "change",
            models.CheckConstraint(
                condition=Q(state__in=OPEN, ended_at=None) | (~Q(state__in=OPEN) & Q(ended_at__isnull=False)),
                name="change_runs_or_ended",
            ),
        ),
    ]
