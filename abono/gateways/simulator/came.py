"""Money that a payer sent, as the simulator tells it."""

from __future__ import annotations

from datetime import date

from abono.domain.payments.ports.push import Received
from abono.gateways.simulator.company.once import Json
from abono.kernel.money import Money


def as_received(said: Json, currency: str) -> Received:
    """Raises KeyError, TypeError, ValueError."""
    day = date.fromisoformat(said["paid_on"])
    late, back, contested = (
        Money(said[name], currency) or None for name in ("late_minor", "back_minor", "contested_minor")
    )
    return Received(
        str(said["reference"]),
        Money(said["amount_minor"], currency),
        paid_on=day,
        credited_on=day,
        late=late,
        back=back,
        contested=contested,
    )
