from django.db import migrations

# Of cards that pay for a contract already, somebody is told before they expire (WAL-5): 30 and 7 days before the last one of
# their month, on the days of the customer.
EXPIRE = """
INSERT INTO platform_due (kind, subject, key, lane, customer_id, own_clock, due_at, tries, reason)
SELECT 'card_expires', found.id, found.days::text, 'upkeep', found.customer_id, found.sandbox, found.due_at, 0, ''
  FROM (SELECT m.id, m.customer_id, c.sandbox, d.days,
               (make_date(m.exp_year, m.exp_month, 1) + interval '1 month' - interval '1 day'
                - d.days * interval '1 day') AT TIME ZONE c.time_zone AS due_at
          FROM payments_paymentmethod m
          JOIN customers_customer c ON c.id = m.customer_id
          CROSS JOIN (VALUES (30), (7)) AS d(days)
         WHERE m.in_use) AS found
  JOIN customers_customer c ON c.id = found.customer_id
 WHERE found.due_at > now() + c.clock_offset_s * interval '1 second'
"""


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0013_one_reserve"),
        ("customers", "0001_initial"),
        ("platform", "0001_initial"),
    ]

    operations = [migrations.RunSQL(EXPIRE, "DELETE FROM platform_due WHERE kind = 'card_expires'")]
