from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0011_arrangements"),
        ("customers", "0002_advance"),
        ("invoicing", "0018_how_it_stands"),
        ("journal", "0003_refunds_valid"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="entry",
            name="journal_fact_is_known",
        ),
        migrations.RemoveConstraint(
            model_name="posting",
            name="journal_account_is_known",
        ),
        AddConstraintNotValid(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "fact__in",
                        [
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
                            "money_found",
                            "money_disputed",
                            "money_returned",
                        ],
                    )
                ),
                name="journal_fact_known_2",
            ),
        ),
        AddConstraintNotValid(
            model_name="posting",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "account__in",
                        [
                            "receivable",
                            "clearing",
                            "disputed",
                            "credit",
                            "refunds",
                            "unmatched",
                            "revenue",
                            "chargebacks",
                            "losses",
                        ],
                    )
                ),
                name="journal_account_known_2",
            ),
        ),
    ]
