"""A card that its bank renewed, as its gateway says: nobody types it anew (WAL-5)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.customers import queries as customers
from abono.domain.invoicing.actions import COLLECT
from abono.domain.payments import kept_cards
from abono.domain.payments.ports.port import GatewayUnavailable
from abono.domain.payments.registry import gateway
from abono.domain.payments.rules import is_whole
from abono.flows import locks
from abono.platform import agenda


def look_at_card(*, customer_id: UUID, method_id: UUID, name: str, token: str, real: datetime) -> None:
    """Ask a gateway what is printed on a kept card by now, and keep that; what waited for other data of it is asked for.

    Raises GatewayUnavailable.
    """
    details = gateway(name).find_card(token)
    if details is None:
        return
    if not is_whole(details):
        raise GatewayUnavailable()
    now = customers.moment_of(customer_id, real=real).now
    with locks.customer(customer_id):
        if kept_cards.update_card(method_id=method_id, details=details, now=now):
            agenda.wake(COLLECT, customer_id=customer_id, now=now)
