"""The wallet: add a card, which the gateway verifies first, use one, take one out, and what becomes of it (WAL-2 to WAL-5)."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.states import State
from abono.domain.customers import queries as customers
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.actions import COLLECT
from abono.domain.payments import actions as payments
from abono.domain.payments import kept_cards, waiting
from abono.domain.payments import queries as payment_queries
from abono.domain.payments.errors import (
    CardDeclined,
    CardUnclear,
    NeverReceived,
    NoSuchMethod,
    PaymentUnderWay,
    WalletFull,
)
from abono.domain.payments.ports.port import CardDetails, FrameSession, GatewayUnavailable
from abono.domain.payments.registry import gateway, serving
from abono.domain.payments.rules import is_whole
from abono.domain.payments.types import Card
from abono.flows import locks
from abono.flows.tell import tell
from abono.kernel.ids import public
from abono.kernel.periods import local_date
from abono.platform import agenda
from abono.platform.running import metrics
from abono.platform.use_case import use_case


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


def save_card(
    *,
    customer_id: UUID,
    frame_ref: str,
    use: bool,
    actor: str,
    now: datetime,
    instead_of: UUID | None = None,
) -> Card:
    """Verify the card typed in a frame and keep it; `use` makes it the one that pays.

    instead_of   a card that is taken out with it: this one pays, or is the reserve, where that one was (WAL-4)

    Raises CardDeclined with what to check (WAL-6), NeverReceived, CardUnclear, WalletFull, NoSuchMethod, PaymentUnderWay.
    """
    name = serving()
    details = verify_card(
        frame_ref=frame_ref, customer_reference=public("cus", customer_id), key=str(customer_id)
    )
    try:
        with locks.customer(customer_id):
            card = payments.save_card(
                customer_id=customer_id,
                gateway=name,
                details=details,
                use=use,
                actor=actor,
                now=now,
                instead_of=instead_of,
            )
            gone = None if instead_of is None else _take_out(customer_id, instead_of, actor=actor, now=now)
            if card.in_use or card.reserve:
                agenda.wake(COLLECT, customer_id=customer_id, now=now)
    except (WalletFull, NoSuchMethod, PaymentUnderWay):
        forget(name, details.token)  # else it would keep a card that nobody sees
        raise
    if gone is not None:
        forget(*gone)
    return card


def _take_out(customer_id: UUID, method_id: UUID, *, actor: str, now: datetime) -> tuple[str, str] | None:
    """Gateway and token to forget; None where the same was done before. Raises PaymentUnderWay."""
    with suppress(NoSuchMethod):
        return payments.remove_card(customer_id=customer_id, method_id=method_id, actor=actor, now=now)
    return None


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


def reserve_card(*, customer_id: UUID, method_id: UUID | None, actor: str, now: datetime) -> Card | None:
    """Make a saved card the one that is asked when the one in use is not any more (PAY-8); None: have no such card.

    Raises NoSuchMethod, ReserveInUse.
    """
    with locks.customer(customer_id):
        card = kept_cards.reserve_card(customer_id=customer_id, method_id=method_id, actor=actor, now=now)
        agenda.wake(COLLECT, customer_id=customer_id, now=now)
        return card


@use_case
def tell_card_expires(*, method_id: UUID, days: int, now: datetime) -> None:
    """So many days before a card expires that pays for a contract, or is its reserve: once, where anything is to be paid with it
    (WAL-5)."""
    kept = payment_queries.kept_card(method_id)
    if kept is None:
        return
    customer_id, card = kept
    today = local_date(now, customers.get(customer_id).time_zone)
    if not (card.in_use or card.reserve) or not kept_cards.tells_today(card, days, today):
        return
    if not _pays_for_something(customer_id):
        return
    tell(
        customer_id=customer_id,
        kind="card_expires",
        key=f"{method_id}:{card.last_day.isoformat()}:{days}",
        facts={
            "card": card.name,
            "card_id": str(card.id),
            "last_date": card.last_day,
            "reserve": card.reserve,
        },
        now=now,
    )


def _pays_for_something(customer_id: UUID) -> bool:
    """Whether a contract runs, or something is to be paid of one that is restricted or has ended."""
    states = {one.state for one in contracts.list_for_customer(customer_id)}
    return bool(states & {State.ACTIVE, State.ENDING}) or bool(invoices.pending(customer_id=customer_id))


def use_card(*, customer_id: UUID, method_id: UUID, actor: str, now: datetime) -> Card:
    """Make a saved card the one that pays for the contract. Raises NoSuchMethod."""
    with locks.customer(customer_id):
        card = payments.use_card(customer_id=customer_id, method_id=method_id, actor=actor, now=now)
        agenda.wake(COLLECT, customer_id=customer_id, now=now)
        return card
