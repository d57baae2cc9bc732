from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial"), ("metering", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE TABLE later_note (id uuid PRIMARY KEY, customer_id uuid NOT NULL REFERENCES customers_customer);"
            "ALTER TABLE metering_send ADD COLUMN remark text NOT NULL DEFAULT ''"
        )
    ]
