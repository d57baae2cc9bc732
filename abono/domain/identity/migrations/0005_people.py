import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0002_advance"),
        ("identity", "0004_signing_keys"),
    ]

    operations = [
        migrations.AddField(
            model_name="invitation",
            name="email",
            field=models.EmailField(db_default="", default="", max_length=254),
        ),
        migrations.AddField(
            model_name="invitation",
            name="expires_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="invitation",
            name="invited_by",
            field=models.CharField(db_default="", default="", max_length=120),
        ),
        migrations.AddField(
            model_name="invitation",
            name="language",
            field=models.CharField(db_default="", default="", max_length=5),
        ),
        migrations.AddField(
            model_name="invitation",
            name="link_hash",
            field=models.BinaryField(max_length=32, null=True),
        ),
        migrations.AddField(
            model_name="invitation",
            name="link_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="invitation",
            name="sendings",
            field=models.SmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="invitation",
            name="sent_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="invitation",
            name="withdrawn_by",
            field=models.CharField(db_default="", default="", max_length=120),
        ),
        migrations.AddField(
            model_name="membership",
            name="seen_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE identity_invitation ALTER COLUMN person_id DROP NOT NULL",
                    "ALTER TABLE identity_invitation ALTER COLUMN person_id SET NOT NULL",
                ),
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="invitation",
                    name="person",
                    field=models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        AddConstraintNotValid(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("person__isnull", False), models.Q(("email", ""), _negated=True), _connector="OR"
                ),
                name="invitation_of_somebody",
            ),
        ),
        AddConstraintNotValid(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("email", ""), ("expires_at", None), ("link_hash", None)),
                    models.Q(
                        models.Q(("email", ""), _negated=True),
                        ("expires_at__isnull", False),
                        ("link_hash__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="invitation_sent_whole",
            ),
        ),
        AddConstraintNotValid(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("withdrawn_by", ""),
                    models.Q(("accepted", False), ("answered_at__isnull", False)),
                    _connector="OR",
                ),
                name="invitation_withdrawn_unaccepted",
            ),
        ),
    ]
