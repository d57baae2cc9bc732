import django.db.models.deletion
from django.db import migrations, models

import abono.kernel.ids
from abono.platform.postgres import sqlfiles


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("catalog", "0001_initial"),
        ("customers", "0001_initial"),
        ("platform", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Contract",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=abono.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.CharField(max_length=16, unique=True)),
                ("currency", models.CharField(max_length=3)),
                ("state", models.CharField(default="pending", max_length=10)),
                ("signed_at", models.DateTimeField()),
                ("activated_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("adhesion_date", models.DateField(null=True)),
                ("cycle_number", models.IntegerField(null=True)),
                ("cycle_start", models.DateTimeField(null=True)),
                ("cycle_end", models.DateTimeField(null=True)),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.customer"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Term",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=abono.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("position", models.SmallIntegerField()),
                ("begins_at", models.DateTimeField(null=True)),
                ("interval", models.CharField(default="month", max_length=5)),
                ("actor", models.CharField(max_length=120)),
                ("written_at", models.DateTimeField()),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="terms",
                        to="contracts.contract",
                    ),
                ),
                (
                    "package",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.package"
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.plan"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="term",
            constraint=models.UniqueConstraint(fields=("contract", "position"), name="term_position_once"),
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=abono.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to="contracts.contract",
                    ),
                ),
                ("state", models.CharField(default="quoted", max_length=9)),
                (
                    "before",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="contracts.term"
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.plan"
                    ),
                ),
                (
                    "package",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.package"
                    ),
                ),
                ("quote", models.JSONField()),
                ("was", models.JSONField(null=True)),
                ("asked_by", models.CharField(max_length=120)),
                ("asked_at", models.DateTimeField()),
                ("valid_until", models.DateTimeField()),
                ("accepted_by", models.CharField(default="", max_length=120)),
                ("accepted_at", models.DateTimeField(null=True)),
                ("begins_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["contract", "-id"], name="change_of_contract"),
                    models.Index(
                        condition=models.Q(("state", "quoted")), fields=["valid_until"], name="change_quoted"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "quoted",
                                    "waiting",
                                    "scheduled",
                                    "applied",
                                    "given_up",
                                    "withdrawn",
                                    "undone",
                                ],
                            )
                        ),
                        name="change_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("accepted_at", None), ("accepted_by", ""), ("state", "quoted")),
                            models.Q(
                                models.Q(("state", "quoted"), _negated=True),
                                ("accepted_at__isnull", False),
                                models.Q(("accepted_by", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="change_quoted_or_accepted",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("state__in", ["quoted", "waiting", "scheduled"])),
                            models.Q(
                                models.Q(("state__in", ["quoted", "waiting", "scheduled"]), _negated=True),
                                ("ended_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="change_open_or_ended",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "scheduled"), _negated=True),
                            ("begins_at__isnull", False),
                            _connector="OR",
                        ),
                        name="change_scheduled_for_a_moment",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "waiting")),
                        fields=("contract",),
                        name="change_one_waits",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "scheduled")),
                        fields=("contract",),
                        name="change_one_scheduled",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="contract",
            name="term",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="contracts.term"
            ),
            preserve_default=False,
        ),
        migrations.CreateModel(
            name="Acceptance",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("terms_version", models.CharField(max_length=20)),
                ("terms_hash", models.CharField(max_length=64)),
                ("language", models.CharField(max_length=5)),
                ("person_name", models.CharField(max_length=120)),
                ("person_email", models.EmailField(max_length=254)),
                ("address", models.GenericIPAddressField(null=True)),
                ("accepted_at", models.DateTimeField()),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="acceptances",
                        to="contracts.contract",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Move",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("from_state", models.CharField(max_length=10)),
                ("to_state", models.CharField(max_length=10)),
                ("actor", models.CharField(max_length=120)),
                ("reason", models.CharField(max_length=200)),
                ("happened_at", models.DateTimeField()),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="moves",
                        to="contracts.contract",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Signup",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=abono.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("secret", models.CharField(max_length=43, unique=True)),
                ("currency", models.CharField(max_length=3)),
                ("plan_code", models.CharField(max_length=30)),
                ("package_code", models.CharField(max_length=30)),
                ("language", models.CharField(max_length=5)),
                ("typed", models.JSONField(default=dict)),
                ("buyer_id", models.UUIDField(null=True)),
                ("accepted", models.JSONField(null=True)),
                ("declined", models.CharField(default="", max_length=20)),
                ("created_at", models.DateTimeField()),
                (
                    "contract",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contracts.contract",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="signup",
            index=models.Index(
                condition=models.Q(("buyer_id__isnull", False)), fields=["buyer_id"], name="signup_of_buyer"
            ),
        ),
        migrations.AddIndex(
            model_name="contract",
            index=models.Index(fields=["cycle_end"], name="contract_due"),
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["pending", "active", "restricted", "ending", "ended"])),
                name="contract_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.CheckConstraint(
                condition=models.Q(("cycle_start__lt", models.F("cycle_end"))), name="contract_cycle_forward"
            ),
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["pending", "ended"]),
                    models.Q(
                        ("adhesion_date__isnull", False),
                        ("cycle_end__isnull", False),
                        ("cycle_start__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="contract_pending_or_dated",
            ),
        ),
        migrations.AddConstraint(
            model_name="contract",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["pending", "active", "restricted", "ending"])),
                fields=("customer",),
                name="contract_one_served_per_customer",
            ),
        ),
        migrations.CreateModel(
            name="Batch",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=abono.kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("previewed_at", models.DateTimeField()),
                ("previewed_by", models.CharField(max_length=120)),
                ("applied_at", models.DateTimeField(null=True)),
                ("applied_by", models.CharField(default="", max_length=120)),
                (
                    "package",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.package",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.plan",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BatchLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("cycle_number", models.IntegerField()),
                ("begins_at", models.DateTimeField()),
                ("before_minor", models.BigIntegerField()),
                ("after_minor", models.BigIntegerField()),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="contracts.batch",
                    ),
                ),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="contracts.contract"
                    ),
                ),
                (
                    "package_after",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.package"
                    ),
                ),
                (
                    "package_before",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.package"
                    ),
                ),
                (
                    "plan_after",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.plan"
                    ),
                ),
                (
                    "plan_before",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="catalog.plan"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.CheckConstraint(
                condition=models.Q(("plan__isnull", False), ("package__isnull", False), _connector="OR"),
                name="batch_moves_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="batchline",
            constraint=models.UniqueConstraint(fields=("batch", "contract"), name="batch_line_once"),
        ),
        migrations.AddConstraint(
            model_name="batchline",
            constraint=models.CheckConstraint(
                condition=models.Q(("after_minor__gte", 0), ("before_minor__gte", 0)),
                name="batch_line_not_negative",
            ),
        ),
        sqlfiles.append_only("contracts_move"),
        sqlfiles.append_only("contracts_acceptance"),
        sqlfiles.script(
            "abono.domain.contracts",
            "terms_stay_v1.sql",
            undo="DROP FUNCTION contracts_terms_stay_v1 CASCADE",
        ),
    ]
