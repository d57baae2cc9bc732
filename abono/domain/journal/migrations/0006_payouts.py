from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """What gateways paid out stands in the journal (PAY-13)."""

    dependencies = [
        ("journal", "0005_how_it_stands_valid"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="entry", name="journal_fact_known_2"),
        migrations.RemoveConstraint(model_name="posting", name="journal_account_known_2"),
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
                name="journal_fact_known_3",
            ),
        ),
        AddConstraintNotValid(
            model_name="posting",
            constraint=models.CheckConstraint(
                condition=Q(
                    account__in=[
                        "receivable",
                        "clearing",
                        "bank",
                        "fees",
                        "disputed",
                        "credit",
                        "refunds",
                        "unmatched",
                        "revenue",
                        "chargebacks",
                        "losses",
                    ]
                ),
                name="journal_account_known_3",
            ),
        ),
    ]
