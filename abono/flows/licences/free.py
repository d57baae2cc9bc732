"""Free the licence of somebody who is in, or waits (LIC-4), or end it because they are no user any more (LIC-5)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from abono.domain.licences import actions as licences
from abono.domain.licences.errors import NobodyIn
from abono.domain.licences.types import Why
from abono.flows.licences.ask import contract_of, policy_of
from abono.platform import events
from abono.platform.use_case import use_case


@use_case
def free_licences(
    *,
    contract_id: UUID,
    customer_id: UUID | None,
    people: Iterable[str],
    why: Why = Why.FREED,
    actor: str,
    now: datetime,
) -> list[str]:
    """End the leases and places of these people on all their devices. Who waits is next; their next heartbeat tells them why.

    customer_id   whose contract it must be (ACC-2); None for the seller
    now           real time

    Returns those who were in or waited. Raises NoSuchContract.
    """
    contract = contract_of(contract_id, customer_id=customer_id)
    ended = licences.end(
        contract.id,
        people,
        why,
        policy=policy_of(contract, now=now),
        now=now + timedelta(seconds=contract.offset_s),
    )
    for person in ended:
        events.record(
            name="licence.freed",
            subject=("contract", contract.id),
            customer_id=contract.customer_id,
            actor=actor,
            now=now + timedelta(seconds=contract.offset_s),
            personal=events.Personal(before={"person": person}),
            data={"why": why.value},
        )
    return ended


@use_case
def free_licence(
    *, contract_id: UUID, customer_id: UUID | None, person: str, actor: str, now: datetime
) -> None:
    """The same of one person, who must be there. Raises NobodyIn, NoSuchContract."""
    if not free_licences(
        contract_id=contract_id, customer_id=customer_id, people=[person], actor=actor, now=now
    ):
        raise NobodyIn(person[:200])
