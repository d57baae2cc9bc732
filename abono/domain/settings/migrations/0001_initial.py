import datetime

from django.db import migrations, models

import abono.kernel.ids
from abono.platform.postgres import sqlfiles


class Migration(migrations.Migration):
    initial = True

    dependencies = [("platform", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Value",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=abono.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.CharField(max_length=40)),
                ("scope", models.CharField(max_length=8)),
                ("subject", models.CharField(default="", max_length=40)),
                ("value", models.JSONField(null=True)),
                ("valid_from", models.DateTimeField()),
                ("set_at", models.DateTimeField()),
                ("actor", models.CharField(max_length=120)),
                ("why", models.CharField(max_length=500)),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["key", "scope", "subject", "valid_from", "id"], name="setting_in_force"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("scope__in", ("seller", "plan", "contract"))),
                        name="setting_scope_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("scope", "seller"), ("subject", "")),
                            models.Q(
                                models.Q(("scope", "seller"), _negated=True),
                                models.Q(("subject", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="setting_subject",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("why", ""), _negated=True), name="setting_has_a_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_from__gte", models.F("set_at")),
                            ("valid_from__lt", datetime.datetime(3000, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                        ),
                        name="setting_not_for_the_past",
                    ),
                ],
            },
        ),
        sqlfiles.append_only("settings_value"),
    ]
