from django.db import migrations

from abono.platform.postgres import sqlfiles


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0002_terms_text"),
    ]

    operations = [
        sqlfiles.script(
            "abono.domain.contracts",
            "changes_stay_v1.sql",
            undo="DROP FUNCTION contracts_changes_stay_v1 CASCADE",
        ),
    ]
