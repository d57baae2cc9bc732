"""Add a card to the wallet: the gateway verifies it first (WAL-2, WAL-3)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.customers import actions as customers
from abono.domain.invoicing.actions import COLLECT
from abono.domain.payments import actions as payments
from abono.domain.payments.errors import CardDeclined, CardUnclear, WalletFull
from abono.domain.payments.port import CardDetails
from abono.domain.payments.registry import gateway, serving
from abono.domain.payments.types import Card
from abono.platform import agenda
from abono.platform.use_case import use_case


def save_card(*, customer_id: UUID, frame_ref: str, use: bool, actor: str, now: datetime) -> Card:
    """Verify the card typed in a frame and keep it; `use` makes it the one that pays.

    Raises CardDeclined with what to check (WAL-6), CardUnclear, WalletFull.
    """
    reply = gateway(serving()).save_card(frame_ref, key=f"{customer_id}:{frame_ref}"[:200])
    if reply.decline is not None:
        raise CardDeclined(reply.decline.hint.value)
    if reply.card is None:
        raise CardUnclear()
    try:
        return _keep(customer_id=customer_id, details=reply.card, use=use, actor=actor, now=now)
    except WalletFull:
        gateway(serving()).forget_card(reply.card.token)  # else it would keep a card that nobody sees
        raise


@use_case
def _keep(*, customer_id: UUID, details: CardDetails, use: bool, actor: str, now: datetime) -> Card:
    customers.lock(customer_id)
    card = payments.save_card(
        customer_id=customer_id, gateway=serving(), details=details, use=use, actor=actor, now=now
    )
    if card.in_use:
        agenda.wake(COLLECT, customer_id=customer_id, now=now)
    return card


def remove_card(*, customer_id: UUID, method_id: UUID, actor: str, now: datetime) -> None:
    """Take a card out of the wallet and let the gateway forget it (WAL-4).

    Raises NoSuchMethod, LastCard, PaymentUnderWay.
    """
    gateway(serving()).forget_card(
        _take_out(customer_id=customer_id, method_id=method_id, actor=actor, now=now)
    )


@use_case
def _take_out(*, customer_id: UUID, method_id: UUID, actor: str, now: datetime) -> str:
    customers.lock(customer_id)
    return payments.remove_card(customer_id=customer_id, method_id=method_id, actor=actor, now=now)


@use_case
def use_card(*, customer_id: UUID, method_id: UUID, actor: str, now: datetime) -> Card:
    """Make a saved card the one that pays for the contract. Raises NoSuchMethod."""
    customers.lock(customer_id)
    card = payments.use_card(customer_id=customer_id, method_id=method_id, actor=actor, now=now)
    agenda.wake(COLLECT, customer_id=customer_id, now=now)
    return card
