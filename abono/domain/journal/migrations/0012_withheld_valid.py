from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0011_withheld"),
    ]

    operations = [
        ValidateConstraint("posting", "journal_account_known_4"),
    ]
