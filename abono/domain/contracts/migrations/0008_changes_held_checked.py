from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0007_changes_held"),
    ]

    operations = [
        ValidateConstraint("change", "change_state_listed"),
        ValidateConstraint("change", "change_runs_or_ended"),
        migrations.RemoveConstraint("change", "change_state_known"),
        migrations.RemoveConstraint("change", "change_open_or_ended"),
    ]
