"""Ask a card for an invoice's total. The gateway is called between two transactions, never inside one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from abono.domain.invoicing.errors import InvoiceNotPayable
from abono.domain.invoicing.states import State as InvoiceState
from abono.domain.payments import actions as payments
from abono.domain.payments import queries as payment_queries
from abono.domain.payments.errors import CardDeclined, NeverReceived, NoCard
from abono.domain.payments.port import ChargeRequest
from abono.domain.payments.registry import gateway
from abono.domain.payments.states import State
from abono.domain.payments.types import AttemptInfo
from abono.flows import locks
from abono.flows.collecting.hear import hear
from abono.kernel.ids import public
from abono.kernel.moment import Moment
from abono.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Charged:
    """How the charge went. `hint` is a word of `port.Hint` when declined, else empty."""

    attempt_id: UUID
    state: State
    hint: str

    @property
    def paid(self) -> bool:
        return self.state is State.PAID

    def unless_refused(self) -> Charged:
        """Paid, or with an answer still to come. Raises CardDeclined, and NeverReceived when nobody said no."""
        if self.state is State.DECLINED:
            raise CardDeclined(self.hint)
        if self.state is State.LOST:
            raise NeverReceived()
        return self


def charge_invoice(
    *,
    invoice_id: UUID,
    customer_id: UUID,
    method_id: UUID | None,
    off_session: bool,
    actor: str,
    moment: Moment,
) -> Charged:
    """Charge a draft or pending invoice to a card of the customer, or to the one in use.

    A clear answer is applied before this returns: what was waiting for the money is released (PAY-1).
    An unclear one is left to be asked about (PAY-7).
    Raises NoSuchInvoice, InvoiceNotPayable, NoCard, NoSuchMethod, PaymentUnderWay.
    """
    attempt = _begin(
        invoice_id=invoice_id,
        customer_id=customer_id,
        method_id=method_id,
        off_session=off_session,
        real=moment.real,
    )
    reply = gateway(attempt.gateway).charge(
        ChargeRequest(
            key=str(attempt.id),
            amount=attempt.amount,
            description=public("inv", invoice_id),
            method_token=attempt.token,
            customer_reference=public("cus", customer_id),
            off_session=off_session,
        )
    )
    hear(attempt_id=attempt.id, reply=reply, actor=actor, moment=moment)
    after = payment_queries.get_attempt(attempt.id)
    assert after is not None
    return Charged(after.id, after.state, after.decline_hint)


def _begin(
    *, invoice_id: UUID, customer_id: UUID, method_id: UUID | None, off_session: bool, real: datetime
) -> AttemptInfo:
    with locks.invoice(invoice_id, customer_id=customer_id) as (_contract, invoice):
        if InvoiceState(invoice.state) not in (InvoiceState.DRAFT, InvoiceState.PENDING):
            raise InvoiceNotPayable(invoice.title)
        if method_id is None:
            card = payment_queries.card_in_use(customer_id)
            if card is None:
                raise NoCard()
            method_id = card.id
        return payments.start_attempt(
            invoice_id=invoice_id,
            customer_id=customer_id,
            method_id=method_id,
            amount=Money(invoice.total_minor, invoice.currency),
            off_session=off_session,
            real=real,
        )
