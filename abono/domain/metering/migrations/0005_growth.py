from __future__ import annotations

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    """Partitions by month, roll-ups."""

    dependencies = [("metering", "0004_own_limits")]
    operations: ClassVar[list[Operation]] = []
