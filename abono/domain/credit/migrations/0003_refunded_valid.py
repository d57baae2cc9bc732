from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("credit", "0002_refunded"),
    ]

    operations = [
        ValidateConstraint("entry", "credit_entry_kind_is_known"),
        ValidateConstraint("entry", "credit_entry_is_signed"),
    ]
