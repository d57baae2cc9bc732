"""The wallet: add a card, which the gateway verifies first, use one, take one out (WAL-2, WAL-3, WAL-4)."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from abono.domain.invoicing.actions import COLLECT
from abono.domain.payments import actions as payments
from abono.domain.payments import waiting
from abono.domain.payments.errors import CardDeclined, CardUnclear, NeverReceived, WalletFull
from abono.domain.payments.port import CardDetails, FrameSession, GatewayUnavailable
from abono.domain.payments.registry import gateway, serving
from abono.domain.payments.rules import is_whole
from abono.domain.payments.types import Card
from abono.flows import locks
from abono.kernel.ids import public
from abono.platform import agenda
from abono.platform.running import metrics


def open_fields(
    *, customer_reference: str, language: str, parent_origin: str, key: str
) -> FrameSession | None:
    """New card fields of the gateway that takes cards, which only pages of `parent_origin` can show; see the port.

    None when the gateway does not answer, or too many wait for it.
    """
    try:
        with waiting.CARDS.place():
            return gateway(serving()).open_card_frame(customer_reference, language, parent_origin, key)
    except (GatewayUnavailable, waiting.Busy):
        return None


def verify_card(*, frame_ref: str, customer_reference: str, key: str) -> CardDetails:
    """Have the gateway check a card for zero value, before anything is written (WAL-3).

    customer_reference   for whom the fields were opened; a card typed in anybody else's is none of theirs
    key                  of the act: what is repeated under it has the same answer

    Raises CardDeclined with what to check (WAL-6), NeverReceived, CardUnclear.
    """
    try:
        with waiting.CARDS.place():
            reply = gateway(serving()).save_card(
                frame_ref, customer_reference, key=f"{key}:{frame_ref}"[:200]
            )
    except waiting.Busy:
        raise CardUnclear() from None
    metrics.CARDS.labels("check", "declined" if reply.decline else "good" if reply.card else "unclear").inc()
    if reply.decline is not None:
        raise CardDeclined(reply.decline.hint.value, reply.decline.retry.value)
    if reply.never_received:
        raise NeverReceived()
    if reply.card is None or not is_whole(reply.card):
        raise CardUnclear()
    return reply.card


def save_card(*, customer_id: UUID, frame_ref: str, use: bool, actor: str, now: datetime) -> Card:
    """Verify the card typed in a frame and keep it; `use` makes it the one that pays.

    Raises CardDeclined with what to check (WAL-6), NeverReceived, CardUnclear, WalletFull.
    """
    name = serving()
    details = verify_card(
        frame_ref=frame_ref, customer_reference=public("cus", customer_id), key=str(customer_id)
    )
    try:
        with locks.customer(customer_id):
            card = payments.save_card(
                customer_id=customer_id, gateway=name, details=details, use=use, actor=actor, now=now
            )
            if card.in_use:
                agenda.wake(COLLECT, customer_id=customer_id, now=now)
            return card
    except WalletFull:
        forget(name, details.token)  # else it would keep a card that nobody sees
        raise


def remove_card(*, customer_id: UUID, method_id: UUID, actor: str, now: datetime) -> None:
    """Take a card out of the wallet and let its gateway forget it (WAL-4).

    Raises NoSuchMethod, LastCard, PaymentUnderWay.
    """
    with locks.customer(customer_id):
        name, token = payments.remove_card(customer_id=customer_id, method_id=method_id, actor=actor, now=now)
    forget(name, token)


def forget(name: str, token: str) -> None:
    """Best effort: here the card is gone already."""
    with suppress(waiting.Busy), waiting.CARDS.place():
        gateway(name).forget_card(token)


def use_card(*, customer_id: UUID, method_id: UUID, actor: str, now: datetime) -> Card:
    """Make a saved card the one that pays for the contract. Raises NoSuchMethod."""
    with locks.customer(customer_id):
        card = payments.use_card(customer_id=customer_id, method_id=method_id, actor=actor, now=now)
        agenda.wake(COLLECT, customer_id=customer_id, now=now)
        return card
