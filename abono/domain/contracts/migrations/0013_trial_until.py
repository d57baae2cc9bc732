from django.db import migrations, models


class Migration(migrations.Migration):
    """Until when a contract was tried before its fees began (INV-10)."""

    dependencies = [
        ("contracts", "0012_counted_from"),
    ]

    operations = [
        migrations.AddField("contract", "trial_until", models.DateTimeField(null=True)),
    ]
