import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

import abono.kernel.ids


class Migration(migrations.Migration):
    """By which means an organization pays (PAY-3)."""

    dependencies = [
        ("customers", "0001_initial"),
        ("payments", "0009_request_valid"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChosenMeans",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=abono.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("means", models.CharField(max_length=4)),
                ("from_date", models.DateField()),
                ("chosen_by", models.CharField(max_length=120)),
                ("chosen_at", models.DateTimeField()),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(name="chosen_means_of", fields=["customer", "-id"])],
                "constraints": [
                    models.CheckConstraint(
                        name="chosen_means_known", condition=Q(means__in=("card", "pix", "slip"))
                    ),
                ],
            },
        ),
    ]
