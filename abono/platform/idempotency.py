"""A write that comes again with the same Idempotency-Key is answered as the first time, and done once (API-2).

The key is written down before the work begins and the answer after it, each in a transaction of its own,
because the work may call a gateway between transactions. Where a process died in between, the same call may
begin anew after a while; that nothing is charged twice then is held by the tables that have the effect.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from abono.kernel.errors import Kind, Refusal, _
from abono.platform.models import IdempotencyKey

TAKEN_OVER_AFTER = timedelta(minutes=5)  # longer than any request may run
KEPT = timedelta(days=45)  # API-2 promises 30
PASSING = 503  # this answer says "the same call may work later": it is not kept

_ASK_AGAIN_S = 2


@dataclass(eq=False)
class KeyReused(Refusal):
    code = "idempotency.key_reused"
    kind = Kind.INVALID
    message = _("This Idempotency-Key came before with another body. Use a new key for a new request.")


@dataclass(eq=False)
class InProgress(Refusal):
    code = "idempotency.in_progress"
    kind = Kind.CONFLICT
    message = _("The first request with this Idempotency-Key is still running. Ask again in a moment.")
    retry_after_s: int


@dataclass(frozen=True, slots=True)
class Answer:
    status: int  # of HTTP
    body: str
    replayed: bool = False


def first_answer(
    *, caller: str, key: str, route: str, body: bytes, now: datetime, act: Callable[[], Answer]
) -> Answer:
    """Do `act` once per caller, key and route, and answer every repetition as the first time.

    caller   whose key it is: another caller never sees the answer (80 characters)
    key      the caller's own, up to 255 characters
    route    method and path (120 characters)
    act      must turn refusals and errors into answers: they are kept too, but for 503

    Raises KeyReused for another body; InProgress while the first call runs, for up to TAKEN_OVER_AFTER.
    """
    fingerprint = hashlib.sha256(body).digest()
    while True:
        row, new = IdempotencyKey.objects.get_or_create(
            caller=caller,
            key=key,
            route=route,
            defaults={"fingerprint": fingerprint, "created_at": now},
        )
        if new:
            break
        if bytes(row.fingerprint) != fingerprint:
            raise KeyReused()
        if row.status is not None:
            return Answer(row.status, row.body, replayed=True)
        if row.created_at > now - TAKEN_OVER_AFTER:
            raise InProgress(_ASK_AGAIN_S)
        if _claim(row).update(created_at=now):  # one of several gets it
            row.created_at = now
            break
    answer = act()
    if answer.status == PASSING:
        _claim(row).delete()
    else:
        _claim(row).update(status=answer.status, body=answer.body)
    return answer


def forget_old(*, now: datetime) -> int:
    """Remove answers that are older than we keep them. Returns how many."""
    removed, _tables = IdempotencyKey.objects.filter(created_at__lt=now - KEPT).delete()
    return removed


def _claim(row: IdempotencyKey) -> QuerySet[IdempotencyKey]:
    """The row, as long as it is still ours: nobody took the call over."""
    return IdempotencyKey.objects.filter(id=row.id, status=None, created_at=row.created_at)
