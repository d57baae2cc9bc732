from django.db import migrations, models


class Migration(migrations.Migration):
    """What a plan costs a year before and after a move to newer versions (CAT-10, CAT-5)."""

    dependencies = [
        ("contracts", "0014_sold_by_the_year"),
    ]

    operations = [
        migrations.AddField(
            "batchline", "year_before_minor", models.BigIntegerField(default=0, db_default=0)
        ),
        migrations.AddField("batchline", "year_after_minor", models.BigIntegerField(default=0, db_default=0)),
    ]
