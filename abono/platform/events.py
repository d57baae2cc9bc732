"""Write down that something happened, in the transaction in which it happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from abono.platform.models import Event


@dataclass(frozen=True, slots=True)
class Happening:
    """One event as it was recorded. `actor` is `person:<id>`, `key:<prefix>` or `system`."""

    id: UUID
    name: str
    subject: tuple[str, UUID]
    customer_id: UUID | None
    actor: str
    happened_at: datetime
    data: dict[str, object]


def record(
    *,
    name: str,
    subject: tuple[str, UUID],
    customer_id: UUID | None,
    actor: str,
    now: datetime,
    data: Mapping[str, object] | None = None,
) -> UUID:
    """Append one event; `data` is JSON of facts before and after. Returns its id."""
    event = Event.objects.create(
        name=name,
        subject_type=subject[0],
        subject_id=subject[1],
        customer_id=customer_id,
        actor=actor,
        happened_at=now,
        data=dict(data or {}),
    )
    return event.id


def since(*, customer_id: UUID, after: UUID | None) -> list[tuple[str, datetime, dict[str, object]]]:
    """Names, moments and facts of a customer's events after the event `after`, in order."""
    events = Event.objects.filter(customer_id=customer_id).order_by("id")
    if after is not None:
        events = events.filter(id__gt=after)
    return list(events.values_list("name", "happened_at", "data"))


def newest(*, customer_id: UUID) -> UUID | None:
    """Id of the customer's newest event; None when there is none."""
    return Event.objects.filter(customer_id=customer_id).order_by("-id").values_list("id", flat=True).first()


def page(*, customer_id: UUID | None, before: UUID | None = None, limit: int) -> list[Happening]:
    """Events of one customer, or of all, newest first, a page at a time (API-5)."""
    found = Event.objects.all() if customer_id is None else Event.objects.filter(customer_id=customer_id)
    if before is not None:
        found = found.filter(id__lt=before)
    return [_happening(row) for row in found.order_by("-id")[:limit]]


def last(*, name: str, subject: tuple[str, UUID]) -> Happening | None:
    """The newest event of this name about something; None when there never was one."""
    kind, key = subject
    row = Event.objects.filter(subject_type=kind, subject_id=key, name=name).order_by("-id").first()
    return None if row is None else _happening(row)


def _happening(row: Event) -> Happening:
    return Happening(
        row.id,
        row.name,
        (row.subject_type, row.subject_id),
        row.customer_id,
        row.actor,
        row.happened_at,
        row.data,
    )
