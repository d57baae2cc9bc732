import django.db.models.deletion
from django.db import migrations, models

import abono.kernel.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("customers", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Approval",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=abono.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("act", models.CharField(max_length=30)),
                ("key", models.CharField(max_length=120)),
                ("arguments", models.JSONField()),
                ("facts", models.JSONField(default=dict)),
                ("amounts", models.JSONField()),
                ("why", models.CharField(max_length=500)),
                ("state", models.CharField(default="asked", max_length=10)),
                ("asked_by", models.CharField(max_length=120)),
                ("behind", models.CharField(default="", max_length=120)),
                ("asked_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("decided_by", models.CharField(default="", max_length=120)),
                ("ended_at", models.DateTimeField(null=True)),
                ("answer", models.CharField(default="", max_length=500)),
                ("led_to", models.CharField(default="", max_length=40)),
                (
                    "customer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "asked")), fields=["id"], name="approval_waiting"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["asked", "approved", "done", "failed", "refused", "withdrawn", "expired"],
                            )
                        ),
                        name="approval_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by", ""),
                            models.Q(
                                models.Q(("decided_by", models.F("asked_by")), _negated=True),
                                models.Q(("decided_by", models.F("behind")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="approval_never_ones_own",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state__in", ["approved", "done", "failed", "refused"]),
                                models.Q(("decided_by", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(
                                    ("state__in", ["approved", "done", "failed", "refused"]), _negated=True
                                ),
                                ("decided_by", ""),
                            ),
                            _connector="OR",
                        ),
                        name="approval_decided_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("state", "asked")),
                            models.Q(
                                models.Q(("state", "asked"), _negated=True), ("ended_at__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="approval_ended_whole",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "asked")),
                        fields=("act", "key"),
                        name="approval_one_waits",
                    ),
                ],
            },
        ),
    ]
