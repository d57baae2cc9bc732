from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0015_contested"),
    ]

    operations = [
        ValidateConstraint("dispute", "dispute_of_one_payment"),
        ValidateConstraint("dispute", "dispute_evidence_whole"),
    ]
