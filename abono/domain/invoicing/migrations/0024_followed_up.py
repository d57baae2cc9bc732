from django.db import migrations

# What was issued before anybody was restricted is taken up, each invoice by itself (END-1): see flows.overdue.take_up.
TAKE_UP = """
INSERT INTO platform_due (kind, subject, key, lane, customer_id, own_clock, due_at, tries, reason)
SELECT 'follow_up', i.id, 'before', 'billing', i.customer_id, c.sandbox, i.issued_at, 0, ''
  FROM invoicing_invoice i
  JOIN customers_customer c ON c.id = i.customer_id
 WHERE i.state = 'pending' AND i.reason <> 'interim'
   AND NOT EXISTS (SELECT 1 FROM platform_due d WHERE d.kind = 'follow_up' AND d.subject = i.id)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("invoicing", "0023_of_run"),
        ("platform", "0001_initial"),
        ("customers", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(TAKE_UP, "DELETE FROM platform_due WHERE kind = 'follow_up' AND key = 'before'")
    ]
