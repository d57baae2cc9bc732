"""Where a cycle ends, once that was said otherwise."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from abono.platform.use_case import use_case

_AFTER = (
    "SELECT (held_micro, used_micro, interactions, raised) <> (0, 0, 0, 0) FROM metering_cycle"
    " WHERE contract_id = %(contract)s AND cycle_start >= %(end)s FOR UPDATE"
)
_MOVE_END = (
    "DELETE FROM metering_channel_budget WHERE contract_id = %(contract)s AND cycle_start >= %(end)s",
    "DELETE FROM metering_cycle WHERE contract_id = %(contract)s AND cycle_start >= %(end)s",
    "UPDATE metering_cycle SET cycle_end = %(to)s WHERE contract_id = %(contract)s AND cycle_end = %(end)s",
)


@use_case
def move_end(*, contract_id: UUID, end: datetime, to: datetime) -> bool:
    """Let the cycle that ends at a moment end at another one; those after it go, for the caller to open them anew. False, and
    nothing is changed, when something was held, counted or raised in one of them."""
    told: dict[str, Any] = {"contract": contract_id, "end": end, "to": to}
    with connection.cursor() as cursor:
        cursor.execute(_AFTER, told)
        if any(used for (used,) in cursor.fetchall()):
            return False
        for statement in _MOVE_END:
            cursor.execute(statement, told)
    return True
