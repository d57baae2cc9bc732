"""API keys are made, replaced and ended; those who answer for them are told (ACC-4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from abono.domain.customers import queries as customers
from abono.domain.identity import actions as identity
from abono.domain.identity import queries, staff
from abono.domain.identity.errors import NoSuchKey
from abono.domain.identity.queries import KeyInfo
from abono.domain.identity.roles import Act
from abono.flows.tell import tell, tell_staff
from abono.kernel.ids import uuid7
from abono.kernel.periods import local_date
from abono.platform.use_case import use_case


@use_case
def make_key(
    *,
    name: str,
    customer_id: UUID | None,
    scopes: tuple[str, ...],
    expires_at: datetime | None,
    by: str,
    actor: str,
    now: datetime,
    key_id: UUID | None = None,
    addresses: Sequence[str] = (),
) -> tuple[KeyInfo, str]:
    """Returns the key and its text, which nobody can see again. `by` is the name of who makes it, as the mail says it.

    now         real time
    key_id      under which id, where the door chose one: a second press makes no second key. Raises KeyMadeBefore.
    addresses   from where it may come, as `identity.addresses.read` gives them; from anywhere without any (S-50)
    """
    made_id, text = identity.issue_key(
        name=name,
        customer_id=customer_id,
        scopes=scopes,
        expires_at=expires_at,
        actor=actor,
        now=now,
        key_id=key_id,
        addresses=addresses,
    )
    made = queries.key(made_id, customer_id=customer_id)
    _tell("key_issued", made, customer_id, {"by": by}, now=now)
    return made, text


@use_case
def rotate_key(
    *,
    key_id: UUID,
    customer_id: UUID | None,
    overlap: timedelta,
    new_id: UUID | None = None,
    by: str,
    actor: str,
    now: datetime,
) -> tuple[KeyInfo, str]:
    """A new key for the same, with the same scopes, addresses and as long a life; the old one works for `overlap` more, or ends now.

    Raises NoSuchKey for what is not theirs or has ended, KeyMadeBefore.
    """
    old = queries.key(key_id, customer_id=customer_id)
    life = None if old.expires_at is None else max(old.expires_at - old.created_at, timedelta(days=1))
    made = make_key(
        name=old.name,
        customer_id=customer_id,
        scopes=old.scopes,
        expires_at=None if life is None else now + life,
        by=by,
        actor=actor,
        now=now,
        key_id=new_id,
        addresses=old.addresses,
    )
    if overlap:
        identity.end_key_at(key_id=key_id, at=now + overlap, actor=actor, now=now)
    else:
        identity.revoke_key(key_id=key_id, actor=actor, now=now)
    return made


@use_case
def bind_key(
    *,
    key_id: UUID,
    customer_id: UUID | None,
    addresses: Sequence[str],
    by: str,
    actor: str,
    now: datetime,
) -> KeyInfo:
    """From now on it may come from these addresses alone, or from anywhere without any (S-50). Those who answer for it hear
    what held before; nobody, where it is the same. Raises NoSuchKey for what is not theirs or has ended.
    """
    queries.key(key_id, customer_id=customer_id)
    before, another = identity.bind_key(key_id=key_id, addresses=addresses, actor=actor, now=now)
    bound = queries.key(key_id, customer_id=customer_id)
    if another:
        about = {"by": by, "before": ", ".join(before), "after": ", ".join(bound.addresses)}
        _tell("key_bound", bound, customer_id, about, now=now)
    return bound


@use_case
def end_key(*, key_id: UUID, customer_id: UUID | None, by: str, actor: str, now: datetime) -> KeyInfo:
    """End it at once, everywhere. Raises NoSuchKey for what is not theirs or has ended."""
    ended = queries.key(key_id, customer_id=customer_id)
    identity.revoke_key(key_id=key_id, actor=actor, now=now)
    _tell("key_revoked", ended, customer_id, {"by": by}, now=now)
    return ended


@use_case
def tell_key_ends(*, key_id: UUID, days: int, now: datetime) -> None:
    """So many days before a key ends: those who answer for it hear it, once. Nobody, where it ended meanwhile.

    now   real time
    """
    try:
        customer_id = queries.key_owner(key_id)
    except NoSuchKey:
        return
    key = queries.key(key_id, customer_id=customer_id)
    if key.expires_at is None or key.expires_at <= now:
        return
    zone = "UTC" if customer_id is None else customers.get(customer_id).time_zone
    until = {"end_date": local_date(key.expires_at, zone).isoformat()}
    _tell("key_ends", key, customer_id, until, now=now, occasion=f"{key_id}:{days}")


def _tell(
    kind: str,
    key: KeyInfo,
    customer_id: UUID | None,
    about: dict[str, str],
    *,
    now: datetime,
    occasion: str = "",
) -> None:
    facts = {"key_name": key.name, "letters": f"{key.prefix}…", "seller": customer_id is None, **about}
    occasion = occasion or str(uuid7())
    if customer_id is None:
        people = staff.colleagues(who_may=Act.KEYS)
        tell_staff(people=people, kind=kind, key=occasion, facts=facts, now=now)
    else:
        tell(customer_id=customer_id, kind=kind, key=occasion, facts=facts, now=now)
