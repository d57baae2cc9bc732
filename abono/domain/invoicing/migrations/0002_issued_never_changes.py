from django.db import migrations

from abono.platform import sqlfiles


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0001_initial")]
    operations = [
        sqlfiles.script(
            "abono.domain.invoicing",
            "issued_never_changes_v1.sql",
            undo="DROP TRIGGER invoicing_issued_lines_never_change ON invoicing_invoiceline;"
            " DROP TRIGGER invoicing_issued_never_changes ON invoicing_invoice;"
            " DROP FUNCTION invoicing_issued_lines_never_change_v1();"
            " DROP FUNCTION invoicing_issued_never_changes_v1();",
        ),
    ]
