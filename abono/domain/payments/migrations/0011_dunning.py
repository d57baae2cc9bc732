from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """A reserve card, and what machines may not ask (PAY-8)."""

    dependencies = [
        ("payments", "0010_chosen_means"),
    ]

    operations = [
        migrations.AddField("paymentmethod", "reserve", models.BooleanField(db_default=False, default=False)),
        migrations.AddField(
            "paymentmethod", "stopped", models.CharField(db_default="", default="", max_length=12)
        ),
        migrations.AddField("paymentmethod", "ask_from", models.DateTimeField(null=True)),
        migrations.AddField("paymentmethod", "renewed_at", models.DateTimeField(null=True)),
        migrations.AddField("attempt", "tried_at", models.DateTimeField(null=True)),
        AddConstraintNotValid(
            "paymentmethod",
            models.CheckConstraint(
                name="method_reserve_is_kept",
                condition=Q(reserve=False) | Q(in_use=False, once=False, removed_at__isnull=True),
            ),
        ),
    ]
