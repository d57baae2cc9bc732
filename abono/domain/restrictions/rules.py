"""How long a contract is restricted, whatever the causes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

type Spell = tuple[datetime, datetime]
"""From when and until when one restriction holds."""

NOT_YET = datetime.max.replace(tzinfo=UTC)
"""The end of a spell that nobody has lifted."""


def restricted_until(spells: Iterable[Spell], at: datetime) -> datetime | None:
    """The moment in which a contract that is restricted at another one is released: of several that overlap the end of the last.
    None where it is not restricted then."""
    until = None
    for begins, ends in sorted(spells):
        if begins <= at < ends or (until is not None and begins < until):
            until = ends if until is None else max(until, ends)
    return until
