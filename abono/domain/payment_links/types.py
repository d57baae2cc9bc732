from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from abono.domain.payment_links import rules
from abono.domain.payment_links.states import State
from abono.kernel.ids import public


@dataclass(frozen=True, slots=True)
class PaymentLinkDetail:
    """One link, without its secret. Moments are on the customer's clock.

    made_by    as events name actors
    sent_to    the address that it was mailed to at once; empty for none
    opened_at  the last time, None while nobody has
    """

    id: UUID
    invoice_id: UUID
    customer_id: UUID
    made_by: str
    sent_to: str
    made_at: datetime
    expires_at: datetime
    opened_at: datetime | None
    revoked_at: datetime | None

    @property
    def public_id(self) -> str:
        return public("lnk", self.id)

    @property
    def actor(self) -> str:
        """Whoever pays with it, as events name them."""
        return f"link:{self.id}"

    def state(self, *, paid: bool, cancelled: bool, now: datetime) -> State:
        """paid, cancelled   of its invoice"""
        return rules.state(
            revoked_at=self.revoked_at,
            expires_at=self.expires_at,
            paid=paid,
            cancelled=cancelled,
            now=now,
        )
