from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0002_advance"),
    ]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="former_tax_ids",
            field=ArrayField(
                base_field=models.CharField(max_length=20), db_default=[], default=list, size=None
            ),
        ),
    ]
