from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("journal", "0001_initial"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="entry", name="journal_fact_known"),
        migrations.RemoveConstraint(model_name="posting", name="journal_account_known"),
        AddConstraintNotValid(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=Q(
                    fact__in=[
                        "invoice_issued",
                        "invoice_cancelled",
                        "credit_note_issued",
                        "credit_granted",
                        "credit_used",
                        "credit_returned",
                        "credit_refunded",
                        "payment_received",
                        "refund_done",
                        "money_found",
                        "money_disputed",
                        "money_returned",
                    ]
                ),
                name="journal_fact_is_known",
            ),
        ),
        AddConstraintNotValid(
            model_name="posting",
            constraint=models.CheckConstraint(
                condition=Q(
                    account__in=[
                        "receivable",
                        "clearing",
                        "disputed",
                        "credit",
                        "refunds",
                        "unmatched",
                        "revenue",
                        "chargebacks",
                    ]
                ),
                name="journal_account_is_known",
            ),
        ),
    ]
