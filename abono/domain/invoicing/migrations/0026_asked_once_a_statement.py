from django.db import migrations

from abono.platform.postgres import sqlfiles

_BACK = """
DROP TRIGGER invoicing_issued_gets_no_line ON invoicing_invoiceline;
DROP TRIGGER invoicing_added_in_its_series ON invoicing_invoice;
CREATE OR REPLACE TRIGGER invoicing_issued_lines_never_change BEFORE INSERT OR UPDATE OR DELETE ON invoicing_invoiceline
    FOR EACH ROW EXECUTE FUNCTION invoicing_issued_lines_never_change_v1();
CREATE OR REPLACE TRIGGER invoicing_series_of_its_own
    BEFORE INSERT OR UPDATE OF series, number, customer_id ON invoicing_invoice
    FOR EACH ROW WHEN (NEW.number IS NOT NULL) EXECUTE FUNCTION invoicing_series_of_its_own_v1();
DROP FUNCTION invoicing_issued_gets_no_line_v1();
DROP FUNCTION invoicing_added_in_its_series_v1();
"""


class Migration(migrations.Migration):
    dependencies = [("invoicing", "0025_means")]

    operations = [sqlfiles.script("abono.domain.invoicing", "asked_once_v1.sql", undo=_BACK)]
