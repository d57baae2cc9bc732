from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("invoicing", "0008_discount_lines_valid"),
    ]

    operations = [
        migrations.AddField(
            model_name="invoice",
            name="parked_why",
            field=models.CharField(db_default="", default="", max_length=300),
        ),
    ]
