from __future__ import annotations

from datetime import datetime

from abono.domain.identity import actions as identity
from abono.domain.identity import factors
from abono.domain.notices import letters
from abono.platform.use_case import use_case


@use_case
def forget_lost_factors(*, actor: str, now: datetime) -> int:
    """Remove the second factors that no key of the installation reads: with them nobody gets in. How many it was.

    What else a person has goes on to be asked for; who has no factor left gives the password alone, and the seller's people
    add one before anything opens. Each is written down, and told to its owner by mail.
    """
    lost = factors.lost()
    for one in lost:
        identity.note(
            name="factor.removed",
            person_id=one.person_id,
            actor=actor,
            now=now,
            data={"kind": one.kind, "lost": True},
        )
        letters.send_soon(letters.FACTOR_REMOVED, person_id=one.person_id, language=one.language)
    factors.forget([one.id for one in lost])
    return len(lost)
