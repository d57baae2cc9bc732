from django.db import migrations, models


class Migration(migrations.Migration):
    """For when a contract is cancelled (END-3)."""

    dependencies = [
        ("contracts", "0015_versions_by_the_year"),
    ]

    operations = [
        migrations.AddField("contract", "ends_at", models.DateTimeField(null=True)),
    ]
