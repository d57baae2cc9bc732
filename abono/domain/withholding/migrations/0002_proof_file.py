import django.db.models.deletion
from django.db import migrations, models

from abono.platform.postgres import sqlfiles


class Migration(migrations.Migration):
    dependencies = [("withholding", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="ProofFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "proof",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="file",
                        to="withholding.withheldproof",
                    ),
                ),
                ("kind", models.CharField(max_length=4)),
                ("content", models.BinaryField()),
                ("size", models.IntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("given_by", models.CharField(max_length=120)),
                ("given_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ("pdf", "png", "jpeg"))),
                        name="withheld_proof_file_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("size__gt", 0), ("size__lte", 2097152)),
                        name="withheld_proof_file_bounded",
                    ),
                ],
            },
        ),
        sqlfiles.append_only("withholding_prooffile"),
    ]
