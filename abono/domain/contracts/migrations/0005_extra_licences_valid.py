from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("contracts", "0004_extra_licences"),
    ]

    operations = [
        ValidateConstraint("term", "term_extra_licences_within"),
        ValidateConstraint("change", "change_extra_licences_within"),
    ]
