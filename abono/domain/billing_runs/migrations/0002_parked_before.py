from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("billing_runs", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="parked_before",
            field=models.IntegerField(db_default=0),
        ),
    ]
