from django.db import migrations

_GONE, _BACK = (
    ["SET lock_timeout = 0", "DROP INDEX CONCURRENTLY IF EXISTS contract_due"],
    "CREATE INDEX CONCURRENTLY contract_due ON contracts_contract (cycle_end)",
)


class Migration(migrations.Migration):
    """What is due the agenda says, and nobody asks contracts by the end of their cycle: without the index a renewal leaves the
    others of the contract as they are."""

    atomic = False
    dependencies = [
        ("contracts", "0017_told"),
    ]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(_GONE, _BACK)],
            state_operations=[migrations.RemoveIndex("contract", "contract_due")],
        ),
    ]
