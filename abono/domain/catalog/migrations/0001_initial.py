import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
from django.db import migrations, models

import abono.kernel.ids
from abono.platform.postgres import sqlfiles


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Channel",
            fields=[
                ("code", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("by_country", models.BooleanField()),
                ("position", models.SmallIntegerField()),
                ("labels", models.JSONField(default=dict)),
                ("kinds", models.JSONField(default=list)),
                (
                    "uses",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), default=list, size=None
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Function",
            fields=[
                ("code", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("labels", models.JSONField()),
                ("position", models.SmallIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Package",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=abono.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("code", models.CharField(max_length=30)),
                ("version", models.IntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("value_minor", models.BigIntegerField()),
                ("fingerprint", models.CharField(max_length=64)),
                ("on_sale_from", models.DateTimeField()),
                ("on_sale_until", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("code", "version"), name="package_version_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("on_sale_until", None)),
                        fields=("code",),
                        name="package_one_on_sale",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("value_minor__gt", 0)), name="package_value_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("currency__in", ("BRL", "USD", "MXN", "COP", "ARS", "PEN", "CLP", "PYG"))
                        ),
                        name="package_currency",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Plan",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=abono.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("code", models.CharField(max_length=30)),
                ("version", models.IntegerField()),
                ("name", models.CharField(max_length=60)),
                ("rank", models.SmallIntegerField()),
                ("on_request", models.BooleanField(default=False)),
                ("most_chosen", models.BooleanField(default=False)),
                ("included_credits", models.BigIntegerField(null=True)),
                ("included_licences", models.IntegerField(null=True)),
                ("limit_percent", models.IntegerField(null=True)),
                (
                    "function_codes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), size=None
                    ),
                ),
                ("fingerprint", models.CharField(max_length=64)),
                ("on_sale_from", models.DateTimeField()),
                ("on_sale_until", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("code", "version"), name="plan_version_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("on_sale_until", None)), fields=("code",), name="plan_one_on_sale"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Route",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=20)),
                ("country", models.CharField(max_length=2)),
                (
                    "channel",
                    models.ForeignKey(
                        db_column="channel",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.channel",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SessionPrice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("valid_from", models.DateTimeField()),
                ("price_micro", models.BigIntegerField()),
                ("cost_currency", models.CharField(max_length=3, null=True)),
                ("cost_micro", models.BigIntegerField(null=True)),
                ("draws_at", models.CharField(default="sent", max_length=10)),
                ("free_after", models.CharField(max_length=40, null=True)),
                ("free_hours", models.SmallIntegerField(null=True)),
                ("free_period", models.CharField(max_length=5, null=True)),
                ("free_quantity", models.BigIntegerField(null=True)),
                ("free_scope", models.CharField(max_length=10, null=True)),
                ("free_zone", models.CharField(max_length=40, null=True)),
                ("unit", models.CharField(default="message", max_length=10)),
                ("zone", models.CharField(default="UTC", max_length=40)),
                (
                    "terms",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.functions.comparison.NullIf(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.Case(models.When(draws_at="delivered", then=1), default=0),
                                    "+",
                                    models.Case(models.When(free_quantity__isnull=False, then=2), default=0),
                                ),
                                "+",
                                models.Case(models.When(free_after__isnull=False, then=4), default=0),
                            ),
                            0,
                        ),
                        output_field=models.SmallIntegerField(null=True),
                    ),
                ),
                (
                    "package",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="session_prices",
                        to="catalog.package",
                    ),
                ),
                (
                    "route",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.route"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PlanPrice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("interval", models.CharField(max_length=5)),
                ("price_minor", models.BigIntegerField()),
                ("activation_fee_minor", models.BigIntegerField()),
                ("extra_interaction_micro", models.BigIntegerField()),
                ("extra_licence_minor", models.BigIntegerField()),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="prices", to="catalog.plan"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("plan", "currency", "interval"), name="plan_price_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("currency__in", ("BRL", "USD", "MXN", "COP", "ARS", "PEN", "CLP", "PYG"))
                        ),
                        name="plan_price_currency",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("interval__in", ("month", "year"))), name="plan_price_interval"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("activation_fee_minor__gte", 0),
                            ("price_minor__gte", 0),
                            ("extra_interaction_micro__gte", 0),
                            ("extra_licence_minor__gte", 0),
                        ),
                        name="plan_price_not_negative",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="route",
            constraint=models.UniqueConstraint(fields=("channel", "kind", "country"), name="route_once"),
        ),
        migrations.AddConstraint(
            model_name="sessionprice",
            constraint=models.UniqueConstraint(
                fields=("package", "route", "valid_from"), name="session_price_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="sessionprice",
            constraint=models.CheckConstraint(
                condition=models.Q(("price_micro__gte", 0)), name="session_price_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="sessionprice",
            constraint=models.CheckConstraint(
                condition=models.Q(("unit__in", ("message", "session", "minute"))), name="session_price_unit"
            ),
        ),
        migrations.AddConstraint(
            model_name="sessionprice",
            constraint=models.CheckConstraint(
                condition=models.Q(("draws_at__in", ("sent", "delivered"))), name="session_price_draws_at"
            ),
        ),
        migrations.AddConstraint(
            model_name="sessionprice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("free_period", None),
                        ("free_quantity", None),
                        ("free_scope", None),
                        ("free_zone", None),
                    ),
                    models.Q(
                        ("free_period__isnull", False),
                        ("free_quantity__isnull", False),
                        ("free_scope__isnull", False),
                        ("free_period__in", ("month", "day")),
                        ("free_quantity__gt", 0),
                        ("free_scope__in", ("contract", "sender")),
                        ("free_zone__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="session_price_free_quantity",
            ),
        ),
        migrations.AddConstraint(
            model_name="sessionprice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("free_after", None), ("free_hours", None)),
                    models.Q(
                        ("free_after__isnull", False), ("free_hours__gt", 0), ("free_hours__isnull", False)
                    ),
                    _connector="OR",
                ),
                name="session_price_free_window",
            ),
        ),
        migrations.AddConstraint(
            model_name="sessionprice",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("cost_currency", None), ("cost_micro", None)),
                    models.Q(
                        ("cost_currency__isnull", False),
                        ("cost_micro__isnull", False),
                        ("cost_currency__in", ("BRL", "USD", "MXN", "COP", "ARS", "PEN", "CLP", "PYG")),
                        ("cost_micro__gte", 0),
                    ),
                    _connector="OR",
                ),
                name="session_price_cost",
            ),
        ),
        migrations.CreateModel(
            name="FreePeriod",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("zone", models.CharField(max_length=40)),
                ("every", models.CharField(max_length=5)),
                ("starts_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("zone", "every", "starts_at"), name="free_period_once")
                ],
            },
        ),
        sqlfiles.script(
            "abono.domain.catalog",
            "catalog_frozen_v1.sql",
            undo="DROP FUNCTION catalog_refuse_v1, catalog_only_close_v1, catalog_price_in_order_v1 CASCADE",
        ),
    ]
