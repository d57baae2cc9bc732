from django.db import migrations, models


class Migration(migrations.Migration):
    """By the month or by the year the plan of an order is paid for (CAT-10)."""

    dependencies = [
        ("contracts", "0013_trial_until"),
    ]

    operations = [
        migrations.AddField(
            "signup", "interval", models.CharField(max_length=5, default="month", db_default="month")
        ),
    ]
