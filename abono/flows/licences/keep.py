"""Keep licences for profiles and named groups (LIC-9)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from abono.domain.licences import actions as licences
from abono.domain.licences import queries
from abono.domain.licences.types import Kept
from abono.flows.licences.ask import contract_of
from abono.platform import events
from abono.platform.use_case import use_case


@use_case
def keep_licences(
    *, contract_id: UUID, customer_id: UUID | None, kept: Kept, actor: str, now: datetime
) -> None:
    """Keep so many for each, in place of what was kept before; empty for none. Who is in stays in.

    customer_id   whose contract it must be (ACC-2); None for the seller
    now           real time

    Raises KeptBeyondOwned, KeptTooMany, NoGroupName, NoSuchContract.
    """
    contract = contract_of(contract_id, customer_id=customer_id)
    at = now + timedelta(seconds=contract.offset_s)
    before = queries.kept(contract.id)
    if dict(before) == dict(kept):
        return
    licences.keep(contract.id, kept, now=at)
    events.record(
        name="licence.kept",
        subject=("contract", contract.id),
        customer_id=contract.customer_id,
        actor=actor,
        now=at,
        before=before,
        after=kept,
    )
