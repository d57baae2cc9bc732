from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0011_dunning"),
    ]

    operations = [
        ValidateConstraint("paymentmethod", "method_reserve_is_kept"),
    ]
