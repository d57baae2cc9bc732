"""The wallet: add a card, which the gateway verifies first, use one, take one out (WAL-2, WAL-3, WAL-4)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.invoicing.actions import COLLECT
from abono.domain.payments import actions as payments
from abono.domain.payments.errors import CardDeclined, CardUnclear, WalletFull
from abono.domain.payments.registry import gateway, serving
from abono.domain.payments.types import Card
from abono.flows import locks
from abono.platform import agenda


def save_card(*, customer_id: UUID, frame_ref: str, use: bool, actor: str, now: datetime) -> Card:
    """Verify the card typed in a frame and keep it; `use` makes it the one that pays.

    Raises CardDeclined with what to check (WAL-6), CardUnclear, WalletFull.
    """
    name = serving()
    reply = gateway(name).save_card(frame_ref, key=f"{customer_id}:{frame_ref}"[:200])
    if reply.decline is not None:
        raise CardDeclined(reply.decline.hint.value)
    if reply.card is None:
        raise CardUnclear()
    try:
        with locks.customer(customer_id):
            card = payments.save_card(
                customer_id=customer_id, gateway=name, details=reply.card, use=use, actor=actor, now=now
            )
            if card.in_use:
                agenda.wake(COLLECT, customer_id=customer_id, now=now)
            return card
    except WalletFull:
        gateway(name).forget_card(reply.card.token)  # else it would keep a card that nobody sees
        raise


def remove_card(*, customer_id: UUID, method_id: UUID, actor: str, now: datetime) -> None:
    """Take a card out of the wallet and let its gateway forget it (WAL-4).

    Raises NoSuchMethod, LastCard, PaymentUnderWay.
    """
    with locks.customer(customer_id):
        name, token = payments.remove_card(customer_id=customer_id, method_id=method_id, actor=actor, now=now)
    gateway(name).forget_card(token)


def use_card(*, customer_id: UUID, method_id: UUID, actor: str, now: datetime) -> Card:
    """Make a saved card the one that pays for the contract. Raises NoSuchMethod."""
    with locks.customer(customer_id):
        card = payments.use_card(customer_id=customer_id, method_id=method_id, actor=actor, now=now)
        agenda.wake(COLLECT, customer_id=customer_id, now=now)
        return card
