from django.db import migrations, models


class Migration(migrations.Migration):
    """The day on which a contract that is restricted for a debt ends, as its customer was told, and how often (END-5)."""

    dependencies = [("restrictions", "0001_initial")]

    operations = [
        migrations.AddField("restriction", "ends_on", models.DateField(null=True)),
        migrations.AddField("restriction", "told", models.SmallIntegerField(db_default=0, default=0)),
    ]
