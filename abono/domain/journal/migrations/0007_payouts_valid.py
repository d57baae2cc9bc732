from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0006_payouts"),
    ]

    operations = [
        ValidateConstraint("entry", "journal_fact_known_3"),
        ValidateConstraint("posting", "journal_account_known_3"),
    ]
