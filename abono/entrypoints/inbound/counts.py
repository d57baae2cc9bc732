"""What these doors answered, added to the figures that the seller looks at beside those of the fast lane; never to bill
from. A row a minute, process and reason; what cannot be written is given up."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from django.db import DatabaseError
from msgspec import UNSET

from abono.domain.usage import minutes
from abono.entrypoints.meter.protocol import wire
from abono.flows.usage.facts import Contact, Told
from abono.flows.usage.said import Word
from abono.kernel.ids import uuid7

_PROCESS = uuid7()
_log = logging.getLogger("abono.inbound")


def answered(told: Iterable[tuple[Told | Contact | None, wire.Result]], now: datetime) -> None:
    """Events were answered so; what could not be read is no fact, and what says nothing counts for nothing."""
    _add(
        Counter(
            (
                "interactions" if isinstance(fact, Contact) else "settlements",
                minutes.GRANTED if result.code is UNSET else result.code,
            )
            for fact, result in told
            if result.status != Word.IGNORED
        ),
        now,
    )


def refused(code: str, now: datetime) -> None:
    """A whole request was refused."""
    _add(Counter([(minutes.REQUESTS, code)]), now)


def _add(counts: Counter[tuple[str, str]], now: datetime) -> None:
    if not counts:
        return
    try:
        minutes.add(counts, process=_PROCESS, at=now)
    except DatabaseError as error:
        _log.warning("figures for the seller were not written: %s", error)
