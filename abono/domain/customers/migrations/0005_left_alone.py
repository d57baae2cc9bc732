from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0004_by_former_tax_id"),
    ]

    operations = [
        migrations.AddField("customer", "left_alone_until", models.DateField(null=True)),
        migrations.AddField(
            "customer", "left_alone_why", models.CharField(db_default="", default="", max_length=200)
        ),
        AddConstraintNotValid(
            "customer",
            models.CheckConstraint(
                name="customer_left_alone_with_reason",
                condition=Q(left_alone_until=None, left_alone_why="")
                | (Q(left_alone_until__isnull=False) & ~Q(left_alone_why="")),
            ),
        ),
    ]
