"""Events of refusals, once a spell, and of leases that ended without their people (LIC-1, LIC-2, LIC-8, LIC-10).

The fast lane writes rows and makes no events: this makes them a moment later.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from uuid import UUID

from abono.domain.contracts import queries as contracts
from abono.domain.licences import actions as licences
from abono.platform import events
from abono.platform.use_case import use_case


@use_case
def tell_licences(*, real: datetime, limit: int = 200) -> int:
    """Make events of what nobody was told, so many of each kind at most. Returns how many.

    `licence.denied` says what is known of the spell by then; its later tries make no other.
    """
    customer_of = cache(contracts.customer_of)
    refused = licences.note_refusals(now=real, limit=limit)
    for one in refused:
        _record(
            "licence.denied",
            one.contract_id,
            customer_of(one.contract_id),
            person=one.person,
            at=one.first_at,
            data={"in_use": one.in_use, "owned": one.owned, "waited": one.waited},
        )
    ended = licences.note_reclaimed(limit=limit)
    for gone in ended:
        _record(
            "licence.reclaimed",
            gone.contract_id,
            customer_of(gone.contract_id),
            person=gone.person,
            at=gone.gone_at,
            data={"why": gone.why.value},
        )
    return len(refused) + len(ended)


def _record(
    name: str, contract_id: UUID, customer_id: UUID, *, person: str, at: datetime, data: events.Facts
) -> None:
    """`person` is empty for the refusals of a day that are not kept singly."""
    events.record(
        name=name,
        subject=("contract", contract_id),
        customer_id=customer_id,
        actor="system",
        now=at,
        personal=events.Personal(after={"person": person}) if person else None,
        data=data,
    )
