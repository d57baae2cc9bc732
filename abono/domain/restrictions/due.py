"""What comes of a restriction by itself: two notices, and the end of its contract (END-5)."""

from __future__ import annotations

from datetime import datetime

from abono.domain.contracts.models import Contract
from abono.platform import agenda
from abono.platform.queue import Lane

DEBT_ENDS = agenda.Kind("debt_ends", Lane.BILLING)


def look_at(contract: Contract, moment: datetime, *, now: datetime) -> None:
    """Let a contract that is restricted for a debt be looked at. Of several moments the last one said stands."""
    customer = contract.customer
    agenda.note(
        DEBT_ENDS,
        subject=contract.id,
        customer_id=customer.id,
        sandbox=customer.sandbox,
        due_at=moment,
        now=now,
    )


def look_no_more(contract: Contract) -> None:
    agenda.withdraw(DEBT_ENDS, subject=contract.id)
