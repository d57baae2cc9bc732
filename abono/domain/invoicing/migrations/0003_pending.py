from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0002_issued_never_changes")]

    operations = [
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                condition=models.Q(("state", "pending")), fields=["id"], name="invoice_pending"
            ),
        ),
    ]
