"""How often cards may be tried on an order, and what is left of too many: who tries many is testing cards of others."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.customers.types import NewCustomer
from abono.platform import events

FREE_CARDS = 5  # on one order before the first pause
FREE_CARDS_OF_CUSTOMER = 10  # of one tax id, on all its orders
FREE_CARDS_OF_ADDRESS = 20  # on orders, in wallets and on invoices together: an address may be a whole office


def card_tries(order_id: UUID, customer: NewCustomer) -> list[tuple[str, int]]:
    """What is counted before a card is looked at, with its tries before the first pause: this order, this customer.
    `platform.throttle` counts."""
    return [
        (f"card:order:{order_id}", FREE_CARDS),
        (f"card:customer:{customer.country}:{customer.tax_id}", FREE_CARDS_OF_CUSTOMER),
    ]


def of_address(address: str) -> tuple[str, int]:
    """… and the internet address of whoever types it, wherever a card is typed."""
    return f"card-from:{address}", FREE_CARDS_OF_ADDRESS


def note_slowed(*, where: tuple[str, UUID], customer_id: UUID | None, actor: str, now: datetime) -> None:
    """Write down, once an hour, who had to wait with the next card, and where: an order, a wallet, an invoice (ACC-6)."""
    events.record_rarely(name="cards.slowed", subject=where, customer_id=customer_id, actor=actor, now=now)
