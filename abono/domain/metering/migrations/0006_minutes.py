from __future__ import annotations

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    """What was answered, per minute, for the seller."""

    dependencies = [("metering", "0005_growth")]
    operations: ClassVar[list[Operation]] = []
