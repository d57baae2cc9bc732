from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("platform", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Rate",
            fields=[
                ("who", models.UUIDField(primary_key=True, serialize=False)),
                ("until", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL("ALTER TABLE platform_rate SET UNLOGGED", migrations.RunSQL.noop),
    ]
