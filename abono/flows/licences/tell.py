"""Events of refusals, once a spell, and of leases that ended without their people (LIC-1, LIC-2, LIC-8, LIC-10).

The fast lane writes rows and makes no events: this makes them a moment later.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from abono.domain.contracts import queries as contracts
from abono.domain.licences import actions as licences
from abono.platform import events
from abono.platform.use_case import use_case

log = logging.getLogger(__name__)


@use_case
def tell_licences(*, real: datetime, limit: int = 200) -> int:
    """Make events of what nobody was told, so many of each kind at most. Returns how many.

    `licence.denied` says what is known of the spell by then; its later tries make no other. Of a contract that is no more nothing
    is told, and nobody else's news waits for it.
    """
    refused = licences.note_refusals(now=real, limit=limit)
    ended = licences.note_reclaimed(limit=limit)
    customers = contracts.customers_of(
        {*(one.contract_id for one in refused), *(one.contract_id for one in ended)}
    )
    told = 0
    for one in refused:
        told += _record(
            "licence.denied",
            one.contract_id,
            customers,
            person=one.person,
            at=one.first_at,
            data={"in_use": one.in_use, "owned": one.owned, "waited": one.waited},
        )
    for gone in ended:
        told += _record(
            "licence.reclaimed",
            gone.contract_id,
            customers,
            person=gone.person,
            at=gone.gone_at,
            data={"why": gone.why.value},
        )
    return told


def _record(
    name: str,
    contract_id: UUID,
    customers: Mapping[UUID, UUID],
    *,
    person: str,
    at: datetime,
    data: events.Facts,
) -> bool:
    """`person` is empty for the refusals of a day that are not kept singly."""
    customer_id = customers.get(contract_id)
    if customer_id is None:
        log.warning("%s of contract %s, which is no more", name, contract_id)
        return False
    events.record(
        name=name,
        subject=("contract", contract_id),
        customer_id=customer_id,
        actor="system",
        now=at,
        personal=events.Personal(after={"person": person}) if person else None,
        data=data,
    )
    return True
