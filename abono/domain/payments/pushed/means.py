"""By which means an organization pays: card, Pix or slip (PAY-3)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from abono.domain.payments.tables.requested import ChosenMeans
from abono.kernel.due import Means
from abono.platform import events
from abono.platform.postgres.arrays import Uuids
from abono.platform.postgres.asked import Asked, Slot


@dataclass(frozen=True, slots=True)
class Choice:
    """`means` for what is issued from a local day on."""

    means: Means
    from_date: date


def chosen(customer_id: UUID, on: date) -> tuple[Means, Choice | None]:
    """What holds on a local day, card where nothing was chosen; and what was chosen ahead, which holds later."""
    rows = ChosenMeans.objects.filter(customer_id=customer_id).order_by("-id")
    newest = rows.first()
    if newest is None:
        return Means.CARD, None
    ahead = Choice(Means(newest.means), newest.from_date) if newest.from_date > on else None
    begun = rows.filter(from_date__lte=on).first() if ahead is not None else newest
    return (Means.CARD if begun is None else Means(begun.means)), ahead


def choosers(customer_ids: Collection[UUID]) -> set[UUID]:
    """Those who ever chose."""
    return set(_CHOOSERS.all(customers=Uuids(map(str, customer_ids))))


_CHOOSERS = Asked(
    lambda: ChosenMeans.objects.filter(customer__any_of=Slot("customers")).values_list(
        "customer_id", flat=True
    )
)


def choose(
    *, customer_id: UUID, contract_id: UUID, means: Means, from_date: date, actor: str, now: datetime
) -> None:
    """Write it down. The caller holds the customer, and made sure that it is offered."""
    ChosenMeans.objects.create(
        customer_id=customer_id, means=means.value, from_date=from_date, chosen_by=actor, chosen_at=now
    )
    events.record(
        name="payment_means.chosen",
        subject=("contract", contract_id),
        customer_id=customer_id,
        actor=actor,
        now=now,
        data={"means": means.value, "from": from_date.isoformat()},
    )
