import django.db.models.deletion
from django.db import migrations, models

import abono.kernel.ids
from abono.platform.postgres import sqlfiles


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Counter",
            fields=[
                ("name", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("value", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="CacheEntry",
            fields=[
                ("cache_key", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("value", models.TextField()),
                ("expires", models.DateTimeField(db_index=True)),
            ],
            options={"db_table": "platform_cache"},
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=abono.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("subject_type", models.CharField(max_length=30)),
                ("subject_id", models.UUIDField()),
                ("customer_id", models.UUIDField(null=True)),
                ("actor", models.CharField(max_length=120)),
                ("happened_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
                ("origin", models.CharField(max_length=20)),
                ("why", models.CharField(default="", max_length=500)),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                ("data", models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("caller", models.CharField(max_length=80)),
                ("key", models.CharField(max_length=255)),
                ("route", models.CharField(max_length=120)),
                ("fingerprint", models.BinaryField(max_length=32)),
                ("status", models.SmallIntegerField(null=True)),
                ("body", models.TextField(default="")),
                ("led_to", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Throttle",
            fields=[
                ("key", models.BinaryField(max_length=32, primary_key=True, serialize=False)),
                ("tries", models.IntegerField()),
                ("tried_at", models.DateTimeField()),
                ("closed_until", models.DateTimeField(null=True)),
                ("refused", models.BooleanField(db_default=False)),
            ],
        ),
        migrations.CreateModel(
            name="Due",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=40)),
                ("subject", models.UUIDField()),
                ("key", models.CharField(default="", max_length=120)),
                ("lane", models.CharField(max_length=20)),
                ("customer_id", models.UUIDField(null=True)),
                ("own_clock", models.BooleanField()),
                ("due_at", models.DateTimeField(null=True)),
                ("tries", models.SmallIntegerField(default=0)),
                ("lease", models.UUIDField(null=True)),
                ("held_until", models.DateTimeField(null=True)),
                ("parked_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(default="", max_length=200)),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("parked_at", None)), fields=["due_at"], name="due_next"),
                    models.Index(
                        condition=models.Q(("parked_at__isnull", False)),
                        fields=["parked_at"],
                        name="due_parked",
                    ),
                    models.Index(fields=["customer_id", "due_at"], name="due_of_customer"),
                ],
                "constraints": [models.UniqueConstraint(fields=("kind", "subject", "key"), name="due_once")],
            },
        ),
        migrations.CreateModel(
            name="PersonalValues",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="personal",
                        serialize=False,
                        to="platform.event",
                    ),
                ),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                ("address", models.CharField(default="", max_length=45)),
            ],
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["customer_id", "id"], name="event_of_customer"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["subject_id", "id"], name="event_of_subject"),
        ),
        migrations.AddConstraint(
            model_name="idempotencykey",
            constraint=models.UniqueConstraint(fields=("caller", "key", "route"), name="idempotency_once"),
        ),
        sqlfiles.function("abono.platform", "append_only_v1.sql", drop="append_only_v1()"),
        sqlfiles.append_only("platform_event"),
        sqlfiles.script(
            "abono.platform",
            "make_month_v1.sql",
            undo="DROP FUNCTION make_month_v1(text[], date), first_id_v1(date)",
        ),
    ]
