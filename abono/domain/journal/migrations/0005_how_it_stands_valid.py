from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0004_how_it_stands"),
    ]

    operations = [
        ValidateConstraint("entry", "journal_fact_known_2"),
        ValidateConstraint("posting", "journal_account_known_2"),
    ]
