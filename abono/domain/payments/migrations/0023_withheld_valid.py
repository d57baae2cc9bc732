from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0022_withheld"),
    ]

    operations = [
        ValidateConstraint("receipt", "receipt_withheld_of_all"),
    ]
