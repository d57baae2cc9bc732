from django.db import migrations, models


class Migration(migrations.Migration):
    """From which day the cycles of a contract are counted that begin with the calendar month (INV-2)."""

    dependencies = [
        ("contracts", "0011_arrangements"),
    ]

    operations = [
        migrations.AddField("contract", "counted_from", models.DateField(null=True)),
    ]
