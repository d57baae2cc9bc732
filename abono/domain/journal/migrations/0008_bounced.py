from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """A recorded payment that the bank took back stands in the journal as that (PAY-13)."""

    dependencies = [
        ("journal", "0007_payouts_valid"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="entry", name="journal_fact_known_3"),
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
                        "credit_overpaid",
                        "credit_recalled",
                        "credit_restored",
                        "payment_received",
                        "payment_recorded",
                        "payment_withdrawn",
                        "payment_bounced",
                        "recovered",
                        "written_off",
                        "reopened",
                        "dispute_opened",
                        "dispute_won",
                        "dispute_lost",
                        "refund_done",
                        "refund_paid_out",
                        "payout_recorded",
                        "payout_withdrawn",
                        "money_found",
                        "money_disputed",
                        "money_returned",
                    ]
                ),
                name="journal_fact_known_4",
            ),
        ),
    ]
