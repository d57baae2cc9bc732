from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("credit", "0004_how_it_stands"),
    ]

    operations = [
        ValidateConstraint("entry", "credit_entry_kind_known_2"),
        ValidateConstraint("entry", "credit_entry_is_signed_2"),
    ]
