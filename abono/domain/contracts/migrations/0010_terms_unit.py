from django.db import migrations, models


class Migration(migrations.Migration):
    """By which unit the fees of a term count within the cycle in which it begins (CHG-4)."""

    dependencies = [
        ("contracts", "0009_one_change_held"),
    ]

    operations = [
        migrations.AddField("term", "unit", models.CharField(db_default="day", default="day", max_length=6)),
    ]
