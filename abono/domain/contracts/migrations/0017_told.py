from django.db import migrations

from abono.platform.postgres import sqlfiles


class Migration(migrations.Migration):
    """Processes that remember what a contract allows hear when it changes (CAT-12)."""

    dependencies = [
        ("contracts", "0016_ends_at"),
    ]

    operations = [
        sqlfiles.script(
            "abono.domain.contracts",
            "told_v1.sql",
            undo="DROP TRIGGER contracts_terms_told ON contracts_term;"
            " DROP TRIGGER contracts_told ON contracts_contract; DROP FUNCTION contracts_told_v1()",
        ),
    ]
