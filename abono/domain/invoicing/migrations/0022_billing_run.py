from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("invoicing", "0021_licence_peak_lines_valid"),
    ]

    operations = [
        migrations.AddField(
            model_name="invoice",
            name="billing_run_id",
            field=models.UUIDField(null=True),
        ),
    ]
