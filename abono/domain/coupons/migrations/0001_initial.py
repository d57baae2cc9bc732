import django.db.models.deletion
from django.db import migrations, models

import abono.kernel.ids
from abono.platform.postgres import sqlfiles


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("contracts", "0003_changes_stay"),
    ]

    operations = [
        migrations.CreateModel(
            name="Coupon",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=abono.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("code", models.CharField(max_length=30, unique=True)),
                ("rate_micro", models.IntegerField(null=True)),
                ("amounts", models.JSONField(null=True)),
                ("cycles", models.SmallIntegerField(null=True)),
                ("valid_from", models.DateTimeField(null=True)),
                ("valid_until", models.DateTimeField(null=True)),
                ("plans", models.JSONField(default=list)),
                ("packages", models.JSONField(default=list)),
                ("countries", models.JSONField(default=list)),
                ("first_only", models.BooleanField(default=False)),
                ("most", models.IntegerField(null=True)),
                ("most_each", models.IntegerField(default=1)),
                ("why", models.CharField(max_length=300)),
                ("made_by", models.CharField(max_length=120)),
                ("made_at", models.DateTimeField()),
                ("ended_why", models.CharField(default="", max_length=300)),
                ("ended_by", models.CharField(default="", max_length=120)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("amounts__isnull", True), ("rate_micro__gt", 0), ("rate_micro__lte", 1000000)
                            ),
                            models.Q(("amounts__isnull", False), ("rate_micro__isnull", True)),
                            _connector="OR",
                        ),
                        name="coupon_share_or_amount",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("cycles__isnull", True), ("cycles__gt", 0), _connector="OR"),
                        name="coupon_some_cycles",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_from__isnull", True),
                            ("valid_until__isnull", True),
                            ("valid_from__lt", models.F("valid_until")),
                            _connector="OR",
                        ),
                        name="coupon_valid_forward",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("most__isnull", True), ("most__gt", 0), _connector="OR"),
                            ("most_each__gt", 0),
                        ),
                        name="coupon_some_times",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("why", ""), _negated=True), name="coupon_said_why"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("ended_by", ""), ("ended_why", "")),
                            models.Q(
                                ("ended_at__isnull", False),
                                models.Q(("ended_by", ""), _negated=True),
                                models.Q(("ended_why", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="coupon_ended_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Redemption",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=abono.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("position", models.SmallIntegerField()),
                ("first_cycle", models.IntegerField()),
                ("why", models.CharField(default="", max_length=300)),
                ("actor", models.CharField(max_length=120)),
                ("written_at", models.DateTimeField()),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="redemptions",
                        to="contracts.contract",
                    ),
                ),
                (
                    "coupon",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="redemptions",
                        to="coupons.coupon",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("contract", "position"), name="redemption_position_once"),
                    models.CheckConstraint(
                        condition=models.Q(("first_cycle__gte", 0)), name="redemption_cycle_counted"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("coupon__isnull", False), models.Q(("why", ""), _negated=True), _connector="OR"
                        ),
                        name="redemption_taken_back_says_why",
                    ),
                ],
            },
        ),
        sqlfiles.script(
            "abono.domain.coupons",
            "coupons_stay_v1.sql",
            undo="DROP FUNCTION coupons_coupon_stays_v1 CASCADE",
        ),
    ]
