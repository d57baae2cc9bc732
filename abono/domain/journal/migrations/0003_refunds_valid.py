from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0002_refunds"),
    ]

    operations = [
        ValidateConstraint("entry", "journal_fact_is_known"),
        ValidateConstraint("posting", "journal_account_is_known"),
    ]
