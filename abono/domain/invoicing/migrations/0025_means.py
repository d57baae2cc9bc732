from django.db import migrations, models


class Migration(migrations.Migration):
    """By which means an invoice is paid: its due date, and since when it is overdue, hang on it (INV-6)."""

    dependencies = [
        ("invoicing", "0024_followed_up"),
    ]

    operations = [
        migrations.AddField(
            "invoice", "means", models.CharField(max_length=4, default="card", db_default="card")
        ),
    ]
