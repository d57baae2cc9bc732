"""Second factors that are of no use any more, taken away by somebody else than their owner (ACC-3)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from abono.domain.identity import actions as identity
from abono.domain.identity import factors, sessions
from abono.domain.identity.errors import NoSecondProof, OwnSecondProof
from abono.domain.identity.factors import Held
from abono.domain.notices import letters
from abono.platform.use_case import use_case

MOST_WHY = 300  # letters of the reason


@use_case
def forget_lost_factors(*, actor: str, now: datetime) -> int:
    """Remove the second factors that no key of the installation reads: with them nobody gets in. How many it was.

    What else a person has goes on to be asked for; who has no factor left gives the password alone, and the seller's people
    add one before anything opens. Each is written down, and told to its owner by mail.
    """
    lost = factors.lost()
    _note(lost, actor=actor, now=now, lost=True)
    for one in lost:
        letters.send_soon(letters.FACTOR_REMOVED, person_id=one.person_id, language=one.language)
    factors.forget([one.id for one in lost])
    return len(lost)


@use_case
def forget_factors_of(*, person_id: UUID, by: str, why: str, actor: str, now: datetime) -> list[str]:
    """Somebody lost all that they prove themselves with: remove it, recovery codes included, and sign them out everywhere.

    From then on their password alone lets them in, to add another one first where one is required. They are told by mail.

    by    who removes it, as the mail says it
    why   as the record keeps it; nobody else reads it

    Returns what was removed, one kind once. Raises OwnSecondProof, NoSecondProof; then nothing changed.
    """
    if actor == f"person:{person_id}":
        raise OwnSecondProof()
    held = factors.held_by(person_id)
    if not factors.forget([one.id for one in held]):  # of two who remove it at once one does
        raise NoSecondProof()
    _note(held, actor=actor, now=now, why=why, given_up=True)
    sessions.end_others(person_id=person_id, keep="", actor=actor, now=now)
    kinds = list(dict.fromkeys(one.kind for one in held))
    letters.send_soon(
        letters.SECOND_REMOVED, person_id=person_id, language=held[0].language, by=by, what=kinds
    )
    return kinds


def _note(factors_of: Iterable[Held], *, actor: str, now: datetime, why: str = "", **data: object) -> None:
    for one in factors_of:
        identity.note(
            name="factor.removed",
            person_id=one.person_id,
            actor=actor,
            now=now,
            data={"kind": one.kind, **data},
            why=why,
        )
