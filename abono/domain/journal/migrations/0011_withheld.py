from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """An account of the taxes that buyers withhold (PAY-6)."""

    dependencies = [
        ("journal", "0010_post_by_columns"),
    ]

    operations = [
        migrations.RemoveConstraint("posting", "journal_account_known_3"),
        AddConstraintNotValid(
            model_name="posting",
            constraint=models.CheckConstraint(
                condition=Q(
                    account__in=[
                        "receivable",
                        "clearing",
                        "bank",
                        "fees",
                        "withheld",
                        "disputed",
                        "credit",
                        "refunds",
                        "unmatched",
                        "revenue",
                        "chargebacks",
                        "losses",
                    ]
                ),
                name="journal_account_known_4",
            ),
        ),
    ]
