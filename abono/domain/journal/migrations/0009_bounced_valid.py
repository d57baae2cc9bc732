from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0008_bounced"),
    ]

    operations = [
        ValidateConstraint("entry", "journal_fact_known_4"),
    ]
