"""What the fast lane has answered, written as it writes it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection

from abono.domain.usage import minutes
from abono.kernel.ids import uuid7


def answered(counts: minutes.Counts, *, at: datetime, process: UUID | None = None) -> None:
    """Add to the minute of `at` what a process answered, by operation and code; a process of its own when none is named."""
    with connection.cursor() as cursor:
        cursor.execute(minutes.ADD, minutes.arguments(process=process or uuid7(), counts=counts, at=at))
