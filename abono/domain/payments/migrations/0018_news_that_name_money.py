from django.db import migrations, models


class Migration(migrations.Migration):
    """News may name money that came for nothing that we asked for (PAY-12)."""

    dependencies = [
        ("payments", "0017_bank_file"),
    ]

    operations = [
        migrations.AddField(
            "gatewayevent", "received", models.CharField(db_default="", default="", max_length=120)
        ),
    ]
