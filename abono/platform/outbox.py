"""What leaves the house: claimed in one transaction, delivered outside of any, noted in another.

A worker that dies in between leaves a claim that ends; after success nothing is delivered again. While the other
side is away nothing is lost and nothing is given up, the pauses only grow. Mail uses it (`notices.sending`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum

from django.db import transaction
from django.db.models import Q

from abono.platform.models import Outgoing
from abono.platform.running import stopping

log = logging.getLogger(__name__)

MAX_TRIES = 12  # a message that is refused so often is left for a person to look at
_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(hours=6)
_LONGEST_PAUSE_AWAY = timedelta(minutes=10)  # asking somebody whether they are back costs nobody anything
# A claim must outlive the delivery that it is for: a run stops taking more long before its first claim ends.
_CLAIM = timedelta(minutes=10)
_RUN_S = 120


class End(Enum):
    """How a delivery ended."""

    SENT = "sent"
    REFUSED = "refused"  # this message, by the other side or by our own mistake; others may go
    LATER = "later"  # this message, for now
    AWAY = "away"  # nobody is there: the others need not find that out one by one


def deliver_due[M: Outgoing](
    model: type[M], *, deliver: Callable[[M], tuple[End, str]], now: datetime, limit: int
) -> int:
    """Deliver what is due at `now`, real time, longest waiting first. Returns how many went out.

    deliver   says how it ended, and why where it was not sent; it raises only bugs

    Call it outside of a transaction.
    """
    sent, began = 0, time.monotonic()
    for _ in range(limit):
        over = stopping.told() or time.monotonic() - began >= _RUN_S
        row = None if over else _claim(model, now)
        if row is None:
            break
        end, failure = deliver(row)
        _note(row, end, failure, now)
        sent += end is End.SENT
        if end is End.AWAY:
            break
    return sent


def _claim[M: Outgoing](model: type[M], now: datetime) -> M | None:
    """Take the one that waits longest; nobody else has it until the claim ends.

    A new one is due whatever its moment says: that is of its customer's clock, which may run ahead.
    """
    with transaction.atomic(durable=True):
        due = model._default_manager.filter(
            Q(tries=0) | Q(send_at__lte=now), sent_at=None, tries__lt=MAX_TRIES
        )
        row = due.select_for_update(skip_locked=True).order_by("send_at", "pk").first()
        if row is not None:
            row.tries += 1
            row.send_at = now + _CLAIM
            row.save(update_fields=["tries", "send_at"])
        return row


def _note(row: Outgoing, end: End, failure: str, now: datetime) -> None:
    rows = type(row)._default_manager.filter(pk=row.pk)
    if end is End.SENT:
        rows.update(sent_at=now, failure="")
        return
    # Only refusals use up the last try.
    tries = row.tries if end is End.REFUSED else min(row.tries, MAX_TRIES - 1)
    longest = _LONGEST_PAUSE_AWAY if end is End.AWAY else _LONGEST_PAUSE
    pause = min(_FIRST_PAUSE * 2 ** (tries - 1), longest)
    rows.filter(sent_at=None).update(
        tries=tries, send_at=now + pause, failure=failure.replace("\x00", "")[:200]
    )
    log.warning("%s %s was not sent, try %s: %s", row._meta.model_name, row.pk, row.tries, failure)
