"""The signed proof that comes with a lease, so that its application keeps people in while we are not reachable (LIC-11)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings as installed

from abono.domain.identity import signing
from abono.domain.identity.signing import Signer
from abono.domain.licences.proofs import claims, ends
from abono.domain.licences.types import Policy
from abono.domain.settings import queries as settings
from abono.domain.settings.licences import SIGNING_KEY_LASTS
from abono.flows.licences.facts import Beat, Claim


def proof(
    signer: Signer, fact: Claim | Beat, person: str, policy: Policy, *, left: timedelta, now: datetime
) -> str | None:
    """Of a lease that was claimed or renewed; None where it may go to another at this very moment.

    left   for how long it lasts without a heartbeat
    now    real time: sandboxes have clocks of their own, who checks a proof has not
    """
    idle = None
    if policy.idle_s is not None:
        done_s = (fact.idle_s or 0) if isinstance(fact, Beat) else 0
        idle = timedelta(seconds=policy.idle_s - done_s)
    until = ends(now=now, left=left, idle_left=idle)
    if until.timestamp() < now.timestamp() + 1:
        return None
    return signer.signed(
        claims(
            issuer=installed.PUBLIC_URL,
            contract=fact.contract,
            person=person,
            device=fact.device,
            lease=fact.id,
            now=now,
            until=until,
        )
    )


def keep_signing_keys(*, now: datetime) -> bool:
    """The first key, or the next one when it is time (setting `signing_key_lasts`). Whether one was made."""
    lasts = settings.value(SIGNING_KEY_LASTS, at=now)
    return signing.keep(lasts=lasts, actor="system", now=now)
