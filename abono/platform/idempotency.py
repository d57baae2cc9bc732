"""A write that comes again with the same Idempotency-Key is answered as the first time, and done once (API-2).

The key is written down before the work begins and the answer after it, each in a transaction of its own, because
the work may call a gateway between transactions. On its way the work notes, in the transactions that have the effect,
what it led to. Where its process died in between, the same call may come again at once: it is handed what was noted
and gives the result of that, instead of doing the work a second time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from abono.kernel.errors import Kind, Refusal, _
from abono.platform.models import IdempotencyKey
from abono.platform.running import purge
from abono.platform.running.alone import alone

KEPT = timedelta(days=45)  # API-2 promises 30
PASSING = (429, 503)  # these answers say "the same call may work later": they are not kept

_ASK_AGAIN_S = 2


class KeyReused(Refusal):
    code = "idempotency.key_reused"
    kind = Kind.INVALID
    message = _("This Idempotency-Key came before with another body. Use a new key for a new request.")


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


@dataclass(frozen=True, slots=True)
class Ask:
    """One call with its key. `led_to` is what an earlier run of it noted and left without an answer: ids as texts, by
    what they are of; empty where there was none, or it did nothing yet."""

    row_id: int
    led_to: Mapping[str, str]

    def note(self, **ids: str) -> None:
        """Write down what the call leads to, in the caller's transaction: the one that has the effect."""
        IdempotencyKey.objects.filter(id=self.row_id).update(led_to={**self.led_to, **ids})


def first_answer(
    *, caller: str, key: str, route: str, body: bytes, now: datetime, act: Callable[[Ask], Answer]
) -> Answer:
    """Do `act` once per caller, key and route, and answer every repetition as the first time.

    caller   whose key it is: another caller never sees the answer (80 characters)
    key      the caller's own, up to 255 characters
    route    method and path (120 characters)
    act      must turn refusals and errors into answers: they are kept too, but for 503

    Raises KeyReused for another body; InProgress while the first call runs, for as long as that lives.
    """
    fingerprint = hashlib.sha256(body).digest()
    same = {"caller": caller, "key": key, "route": route}
    row = IdempotencyKey.objects.filter(**same).first()
    if row is not None and (before := _answer_of(row, fingerprint)) is not None:
        return before
    with alone(f"idempotency:{caller}:{route}:{key}") as mine:
        if not mine:
            raise InProgress(_ASK_AGAIN_S)
        row, _new = IdempotencyKey.objects.get_or_create(
            **same, defaults={"fingerprint": fingerprint, "created_at": now}
        )
        before = _answer_of(row, fingerprint)
        if before is not None:
            return before
        answer = act(Ask(row.id, row.led_to))
        open_ = IdempotencyKey.objects.filter(id=row.id, status=None)
        if answer.status in PASSING:
            open_.filter(led_to={}).delete()
        else:
            open_.update(status=answer.status, body=answer.body)
        return answer


def forget_old(*, now: datetime) -> int:
    """Remove answers that are older than we keep them. Returns how many."""
    return purge.rows("first answers", IdempotencyKey.objects.filter(created_at__lt=now - KEPT))


def _answer_of(row: IdempotencyKey, fingerprint: bytes) -> Answer | None:
    """The answer that is kept; None while there is none. Raises KeyReused."""
    if bytes(row.fingerprint) != fingerprint:
        raise KeyReused()
    return None if row.status is None else Answer(row.status, row.body, replayed=True)
