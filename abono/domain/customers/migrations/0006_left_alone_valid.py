from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0005_left_alone"),
    ]

    operations = [
        ValidateConstraint("customer", "customer_left_alone_with_reason"),
    ]
