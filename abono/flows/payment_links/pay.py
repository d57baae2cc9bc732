"""What who has a payment link sees, and paying with it: the same charge as in the portal, through another door (ACC-3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import InvoiceNotPayable
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import State as InvoiceState
from abono.domain.invoicing.types import InvoiceDetail
from abono.domain.payment_links import queries as payment_links
from abono.domain.payment_links.errors import NoSuchPaymentLink
from abono.domain.payment_links.states import State
from abono.domain.payment_links.types import PaymentLinkDetail
from abono.domain.payments import actions as payments
from abono.domain.payments import queries as payment_queries
from abono.domain.payments.errors import PaymentUnderWay
from abono.domain.payments.ports.port import CardDetails
from abono.domain.payments.registry import serving
from abono.domain.payments.states import UNDECIDED
from abono.domain.payments.types import AttemptInfo
from abono.flows.collecting.charge import Charged, as_charged, charge_invoice
from abono.flows.wallet import forget, verify_card
from abono.kernel.errors import Refusal
from abono.kernel.moment import Moment
from abono.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Standing:
    """What a link is worth at a moment. `attempt` is the newest one of the invoice while it may still pay."""

    link: PaymentLinkDetail
    invoice: InvoiceDetail
    state: State
    attempt: AttemptInfo | None

    @property
    def payable(self) -> bool:
        return self.state is State.OPEN and self.attempt is None


def standing(link: PaymentLinkDetail, *, now: datetime) -> Standing:
    """now   on the customer's clock"""
    invoice = invoices.get(link.invoice_id, customer_id=link.customer_id)
    newest = payment_queries.newest_attempt(invoice.id)
    return Standing(
        link,
        invoice,
        state_of(link, invoice.state, now=now),
        newest if newest and newest.state in UNDECIDED else None,
    )


def state_of(link: PaymentLinkDetail, invoice: InvoiceState, *, now: datetime) -> State:
    """invoice   how that of the link stands
    now       on the customer's clock
    """
    closed = invoice not in (InvoiceState.PENDING, InvoiceState.PAID)
    return link.state(paid=invoice is InvoiceState.PAID, cancelled=closed, now=now)


class _PressedBefore(Exception):
    """The same typed card came before: what became of that is the answer."""

    def __init__(self, attempt_id: UUID) -> None:
        self.attempt_id = attempt_id


def pay_by_link(*, link_id: UUID, frame_ref: str, accepted: Money, moment: Moment) -> Charged:
    """Charge what is open of the link's invoice to the card that was typed in a frame, once, and forget the card.

    accepted   what the payer saw

    A second press with the same typed card is answered as the first one. What waited for the money is released
    (PAY-1). Raises NoSuchPaymentLink for a link that is no good any more, InvoiceNotPayable, PaymentUnderWay,
    AmountChanged, CardDeclined, CardUnclear, NeverReceived.
    """
    link = payment_links.get(link_id)
    stand = _usable(standing(link, now=moment.now))
    if stand.attempt is not None:
        raise PaymentUnderWay()
    card = verify_card(frame_ref=frame_ref, customer_reference=link.public_id, key=link.public_id)
    name = serving()
    try:
        return charge_invoice(
            invoice_id=link.invoice_id,
            customer_id=link.customer_id,
            method_id=None,
            off_session=False,
            actor=link.actor,
            moment=moment,
            typed=partial(_note, link, name, card, moment),
            accepted=accepted,
        )
    except _PressedBefore as before:
        return as_charged(before.attempt_id)
    except Refusal:
        if not payment_queries.knows_token(
            name, card.token
        ):  # it pays nothing, so its gateway need not keep it
            forget(name, card.token)
        raise


def _note(link: PaymentLinkDetail, gateway: str, card: CardDetails, moment: Moment, invoice: Invoice) -> UUID:
    """The typed card, once the invoice is held: whoever revokes the link has done so before, or comes after the charge."""
    method_id = payments.note_once(
        customer_id=link.customer_id, gateway=gateway, details=card, now=moment.now
    )
    before = payment_queries.attempt_with(method_id)
    if before is not None:
        raise _PressedBefore(before.id)
    _usable(standing(payment_links.get(link.id), now=moment.now))
    return method_id


def _usable(stand: Standing) -> Standing:
    """Raises InvoiceNotPayable where nothing is to be paid any more, NoSuchPaymentLink for any other link that is over."""
    if stand.state is State.PAID:
        raise InvoiceNotPayable(stand.invoice.title)
    if stand.state is not State.OPEN:
        raise NoSuchPaymentLink()
    return stand
