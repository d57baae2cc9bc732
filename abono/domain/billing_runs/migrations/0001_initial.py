from django.db import migrations, models

import abono.kernel.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Run",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=abono.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("begun_by", models.CharField(max_length=120)),
                ("begun_at", models.DateTimeField()),
                ("told_at", models.DateTimeField()),
                ("tell_next_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("done", models.IntegerField(db_default=0)),
                ("left", models.IntegerField(db_default=0)),
                ("again", models.IntegerField(db_default=0)),
                ("parked", models.IntegerField(db_default=0)),
                ("billed", models.JSONField(default=list)),
                ("far_count", models.IntegerField(db_default=0)),
                ("far", models.JSONField(default=list)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("ended_at",),
                        name="billing_run_one_under_way",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at", None), ("ended_at__gte", models.F("begun_at")), _connector="OR"
                        ),
                        name="billing_run_forward",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("again__gte", 0),
                            ("done__gte", 0),
                            ("far_count__gte", 0),
                            ("left__gte", 0),
                            ("parked__gte", 0),
                        ),
                        name="billing_run_not_negative",
                    ),
                ],
            },
        ),
    ]
