"""A customer says who of it is told of what by e-mail (NOT-1)."""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import datetime
from uuid import UUID

from abono.domain.notices import actions as notices
from abono.domain.notices.types import Audience
from abono.flows import locks


def choose_notices(
    *, customer_id: UUID, told: Mapping[str, Set[Audience]], actor: str, now: datetime
) -> bool:
    """As `notices.choose`, one after the other: two people cannot leave nobody who is told.

    Raises NoSuchCustomer, NoSuchNotice, NobodyWouldHear.
    """
    with locks.customer(customer_id):
        return notices.choose(customer_id=customer_id, told=told, actor=actor, now=now)
