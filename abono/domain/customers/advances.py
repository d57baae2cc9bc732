"""Advances of a sandbox's clock: each is kept, so that one that was cut off goes on, and none happens twice (TIM-2)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.customers import rules
from abono.domain.customers.errors import ClockUnderWay, NotASandbox
from abono.domain.customers.models import Advance
from abono.domain.customers.types import AdvanceInfo, Organization
from abono.kernel.ids import uuid7

_TROUBLE = 300


def begin(customer: Organization, *, to: datetime, actor: str, real: datetime) -> AdvanceInfo:
    """The advance to this moment: the one that was begun before, under way or there, or a new one.
    The caller holds the customer.

    Raises NotASandbox, ClockUnderWay, ClockOnlyForward, ClockTooFar.
    """
    if not customer.sandbox:
        raise NotASandbox()
    mine = Advance.objects.filter(customer_id=customer.id)
    known = mine.filter(to_at=to).first()
    if known is not None:
        return _info(known)
    other = mine.filter(arrived_at=None).first()
    if other is not None:
        raise ClockUnderWay(other.to_at.isoformat())
    shown = customer.moment(real).now
    rules.check_clock(shown=shown, to=to)
    new = Advance.objects.create(
        customer_id=customer.id, from_at=shown, to_at=to, actor=actor, started_at=real
    )
    return _info(new)


def stopped(advance_id: UUID, trouble: str) -> None:
    """Note what stopped it, or that it goes on again, where `trouble` is empty."""
    Advance.objects.filter(id=advance_id).update(trouble=trouble.replace("\x00", "")[:_TROUBLE])


def arrived(advance_id: UUID, *, real: datetime) -> None:
    """The clock is there and everything is quiet: what happens from here on is no part of it."""
    under_way = Advance.objects.filter(id=advance_id, arrived_at=None)
    under_way.update(arrived_at=real, last=uuid7(), trouble="")


def get(advance_id: UUID) -> AdvanceInfo:
    """One advance, as it stands."""
    return _info(Advance.objects.get(id=advance_id))


def newest(customer_id: UUID) -> AdvanceInfo | None:
    """The customer's last advance; None where the clock was never moved."""
    found = Advance.objects.filter(customer_id=customer_id).order_by("-id").first()
    return None if found is None else _info(found)


def _info(row: Advance) -> AdvanceInfo:
    return AdvanceInfo(
        id=row.id,
        customer_id=row.customer_id,
        from_at=row.from_at,
        to_at=row.to_at,
        actor=row.actor,
        started_at=row.started_at,
        arrived_at=row.arrived_at,
        last=row.last,
        trouble=row.trouble,
    )
