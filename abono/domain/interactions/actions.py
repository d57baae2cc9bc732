"""Taking in contact events. The rule lives in the SQL functions, where the rows are locked."""

from __future__ import annotations

from collections.abc import Sequence

from abono.domain.interactions import hot
from abono.domain.interactions.types import ContactEvent, ObserveStatus
from abono.domain.settings import queries as settings
from abono.domain.settings.known import LATE_GRACE
from abono.platform.postgres.arrays import quoted
from abono.platform.postgres.batches import answers
from abono.platform.use_case import use_case


@use_case
def observe(events: Sequence[ContactEvent]) -> list[ObserveStatus]:
    """Take in contact events and keep the interactions that follow from them (INT-1…7)."""
    if not events:
        return []
    grace = settings.value(LATE_GRACE, at=max(e.now for e in events))
    (status,) = answers(
        hot.OBSERVE,
        (str(e.contract_id) for e in events),
        (str(e.event_id) for e in events),
        (str(e.contact) for e in events),
        (quoted(e.channel) for e in events),
        (quoted(e.kind) for e in events),
        (e.at for e in events),
        (e.now for e in events),
        (grace for _ in events),
    )
    return [ObserveStatus(s) for s in status]
