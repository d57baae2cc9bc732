import django.db.models.deletion
from django.db import migrations, models

import abono.kernel.ids


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Advance",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=abono.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("from_at", models.DateTimeField()),
                ("to_at", models.DateTimeField()),
                ("actor", models.CharField(max_length=120)),
                ("started_at", models.DateTimeField()),
                ("arrived_at", models.DateTimeField(null=True)),
                ("last", models.UUIDField(null=True)),
                ("trouble", models.CharField(default="", max_length=300)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.customer"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("customer", "to_at"), name="advance_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("arrived_at", None)),
                        fields=("customer",),
                        name="advance_one_under_way",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("from_at__lte", models.F("to_at"))), name="advance_forward"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("arrived_at", None), ("last", None)),
                            models.Q(("arrived_at__isnull", False), ("last__isnull", False), ("trouble", "")),
                            _connector="OR",
                        ),
                        name="advance_arrived_whole",
                    ),
                ],
            },
        ),
    ]
