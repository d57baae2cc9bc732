import django.db.models.deletion
from django.db import migrations, models

import abono.kernel.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("contracts", "0015_versions_by_the_year"),
        ("customers", "0004_by_former_tax_id"),
    ]

    operations = [
        migrations.CreateModel(
            name="Restriction",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=abono.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("cause", models.CharField(max_length=10)),
                ("why", models.CharField(max_length=500)),
                ("made_by", models.CharField(max_length=120)),
                ("made_at", models.DateTimeField()),
                ("lifted_by", models.CharField(db_default="", default="", max_length=120)),
                ("lifted_why", models.CharField(db_default="", default="", max_length=500)),
                ("lifted_at", models.DateTimeField(null=True)),
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
                        condition=models.Q(("cause__in", ["debt", "fraud"])), name="restriction_cause_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("lifted_at", None), ("lifted_at__gte", models.F("made_at")), _connector="OR"
                        ),
                        name="restriction_lifted_later",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("lifted_at", None)),
                        fields=("contract", "cause"),
                        name="restriction_once_of_a_cause",
                    ),
                ],
            },
        ),
    ]
