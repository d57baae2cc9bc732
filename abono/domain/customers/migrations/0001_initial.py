from django.db import migrations, models

import abono.kernel.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Customer",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=abono.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("legal_name", models.CharField(max_length=160)),
                ("country", models.CharField(max_length=2)),
                ("tax_id", models.CharField(max_length=20)),
                ("language", models.CharField(max_length=5)),
                ("time_zone", models.CharField(max_length=40)),
                ("financial_name", models.CharField(max_length=120)),
                ("financial_email", models.EmailField(max_length=254)),
                ("address", models.JSONField()),
                ("sandbox", models.BooleanField(default=False)),
                ("clock_offset_s", models.BigIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["country", "tax_id"], name="customer_by_tax_id")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("language__in", ("es", "pt-br", "en"))),
                        name="customer_language_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("clock_offset_s__gte", 0), ("sandbox", True)),
                            ("clock_offset_s", 0),
                            _connector="OR",
                        ),
                        name="customer_clock_only_in_sandbox",
                    ),
                ],
            },
        ),
    ]
