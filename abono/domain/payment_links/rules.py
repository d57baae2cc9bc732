"""How long a payment link serves, and what it is worth at a moment. Pure decisions (ACC-3)."""

from __future__ import annotations

from datetime import datetime, timedelta

from abono.domain.payment_links.states import State

LASTS = timedelta(days=30)  # on the customer's clock
MOST_OPEN = 20  # of one invoice, before another one is made by hand
MOST_MAILED, MAILED_WITHIN = (
    50,
    timedelta(days=1),
)  # of a customer: each goes to an address that somebody typed


def state(
    *, revoked_at: datetime | None, expires_at: datetime, paid: bool, cancelled: bool, now: datetime
) -> State:
    """paid, cancelled   of its invoice. At `expires_at` itself it has expired."""
    if revoked_at is not None:
        return State.REVOKED
    if now >= expires_at:
        return State.EXPIRED
    if cancelled:
        return State.CANCELLED
    return State.PAID if paid else State.OPEN
