"""Ask a card for what is owed of an invoice. The gateway is called between two transactions, never inside one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from abono.domain.customers import queries as customers
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import AmountChanged, InvoiceNotPayable
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import State as InvoiceState
from abono.domain.payments import actions as payments
from abono.domain.payments import queries as payment_queries
from abono.domain.payments import waiting
from abono.domain.payments.errors import CardDeclined, NeverReceived, NoCard, PaymentUnderWay
from abono.domain.payments.ports.port import LOST_AFTER, ChargeReply, ChargeRequest, Outcome
from abono.domain.payments.registry import gateway
from abono.domain.payments.states import UNDECIDED, State
from abono.domain.payments.types import AttemptInfo
from abono.flows import locks
from abono.flows.collecting.hear import apply
from abono.kernel.ids import public
from abono.kernel.moment import Moment
from abono.kernel.money import Money
from abono.platform.idempotency import Ask
from abono.platform.running.alone import alone

RETURN_PATH = "/payments/{}/back/"
"""Where a holder's browser comes back to from a page of the gateway; `entrypoints.portal.payment.views` answers there."""
type Typed = Callable[[Invoice], UUID]
"""A card that was typed for one invoice: from the invoice, once it is held, to the card's id."""
SENT_WITHIN = LOST_AFTER / 2
"""After that a charge which nobody sent is not sent any more: before it counts as lost, and never afterwards."""


@dataclass(frozen=True, slots=True)
class Charged:
    """How the charge went: `created` while nobody was free to send it. `hint` is a word of `port.Hint` when declined,
    else empty."""

    attempt_id: UUID
    state: State
    hint: str
    retry: str = ""
    challenge_url: str = (
        ""  # the page of the gateway on which the holder confirms; empty when none waits for them
    )

    @property
    def paid(self) -> bool:
        return self.state is State.PAID

    def unless_refused(self) -> Charged:
        """Paid, or with an answer still to come. Raises CardDeclined, and NeverReceived when nobody said no."""
        if self.state is State.DECLINED:
            raise CardDeclined(self.hint, self.retry)
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
    ask: Ask | None = None,
    typed: Typed | None = None,
    accepted: Money | None = None,
) -> Charged:
    """Charge a draft or pending invoice to a card of the customer, or to the one in use, or to one that was `typed`
    for this alone.

    accepted   what the payer saw: where another sum is owed by now, nothing happens

    A clear answer is applied before this returns: what was waiting for the money is released (PAY-1).
    An unclear one is left to be asked about (PAY-7). What a process that was killed left behind is finished first:
    that is the result, unless it was declined and somebody is here to try again.
    Raises NoSuchInvoice, InvoiceNotPayable, AmountChanged, NoCard, NoSuchMethod, PaymentUnderWay, and what `typed` does.
    """
    went = None if ask is None else as_it_went(ask, actor=actor, moment=moment)
    if went is not None:
        return went
    invoices.whose(invoice_id, customer_id=customer_id)
    before = payment_queries.newest_attempt(invoice_id)
    if before is not None and before.state is State.CREATED:
        if ask is not None:
            ask.note(attempt=str(before.id))
        again = typed is None and before.method_id == (method_id or _in_use(customer_id))
        left = finish(before.id, again=again, actor=actor, moment=moment)
        if left.state in UNDECIDED:
            raise PaymentUnderWay()
        if left.paid or off_session:
            return left
    with ExitStack() as running:
        with locks.invoice(invoice_id, customer_id=customer_id) as (contract, invoice):
            attempt = begin(
                invoice,
                running=running,
                method_id=method_id,
                off_session=off_session,
                moment=moment,
                typed=typed,
                accepted=accepted,
            )
            if ask is not None:
                ask.note(attempt=str(attempt.id))
        return send(attempt, contract.id, actor=actor, moment=moment)


def begin(
    invoice: Invoice,
    *,
    running: ExitStack,
    method_id: UUID | None,
    off_session: bool,
    moment: Moment,
    typed: Typed | None = None,
    accepted: Money | None = None,
) -> AttemptInfo:
    """Write down that the money will be asked for, in the transaction of the caller, who holds the invoice.

    running   is left once the answer was heard: until then others see that somebody is at it

    Raises InvoiceNotPayable, AmountChanged, NoCard, NoSuchMethod, PaymentUnderWay, and what `typed` does.
    """
    method_id = typed(invoice) if typed is not None else method_id
    if InvoiceState(invoice.state) not in (InvoiceState.DRAFT, InvoiceState.PENDING):
        raise InvoiceNotPayable(invoice.title)
    owed = Money(invoice.owed_minor, invoice.currency)
    if accepted not in (None, owed):
        raise AmountChanged(owed.minor, owed.currency)
    attempt = payments.start_attempt(
        invoice_id=invoice.id,
        customer_id=invoice.customer_id,
        method_id=method_id,
        once=typed is not None,
        amount=owed,
        off_session=off_session,
        moment=moment,
    )
    running.enter_context(alone(_at(attempt.id)))
    return attempt


def send(attempt: AttemptInfo, contract_id: UUID, *, actor: str, moment: Moment) -> Charged:
    """Ask for the money of an attempt that was begun for an invoice of a contract, and apply the answer.

    Where too many wait for gateways already, a worker asks, and this returns at once.
    """
    try:
        with waiting.CHARGES.place():
            reply = _charge(attempt)
    except waiting.Busy:
        payments.send_later(attempt_id=attempt.id, real=moment.real)
        return Charged(attempt.id, attempt.state, "")
    decided = apply(attempt, contract_id, reply, actor=actor, moment=moment)
    return as_charged(attempt.id) if decided is None else _charged(decided)


def send_charge(*, attempt_id: UUID, real: datetime) -> None:
    """Send a charge for which no thread was free, unless it is decided, somebody is at it, or it is so old that nobody
    counts on it any more: then it was never sent, which asking finds out.
    """
    with alone(_at(attempt_id)) as nobody_is:
        attempt = payment_queries.get_attempt(attempt_id)
        if not nobody_is or attempt is None or attempt.state is not State.CREATED:
            return
        if real - attempt.created_at >= SENT_WITHIN:
            return
        customer_id, contract_id = invoices.whose(attempt.invoice_id)
        moment = customers.moment_of(customer_id, real=real)
        apply(attempt, contract_id, _charge(attempt), actor="system", moment=moment)


def as_it_went(ask: Ask, *, actor: str, moment: Moment) -> Charged | None:
    """How the charge went that a call had begun when it was cut off, finished where that is needed; None where it had
    begun none, or one that the gateway never received."""
    if "attempt" not in ask.led_to:
        return None
    went = finish(UUID(ask.led_to["attempt"]), again=True, actor=actor, moment=moment)
    return None if went.state is State.LOST else went


def finish(attempt_id: UUID, *, again: bool, actor: str, moment: Moment) -> Charged:
    """What became of an attempt, also when whoever made it was killed before the answer (API-2).

    The gateway's book says it. Where the charge never arrived there and `again`, because the same is asked for, it is
    sent once more under its own key, which never charges twice; else it is left to be asked about (PAY-7), as is one
    that somebody is at.
    """
    attempt = payment_queries.get_attempt(attempt_id)
    assert attempt is not None
    if attempt.state is State.CREATED:
        with alone(_at(attempt.id)) as nobody_is:
            if nobody_is:
                reply = _found_or_sent(attempt, again=again, real=moment.real)
                if reply is not None:
                    apply(attempt, None, reply, actor=actor, moment=moment)
    return as_charged(attempt_id)


def _found_or_sent(attempt: AttemptInfo, *, again: bool, real: datetime) -> ChargeReply | None:
    """None where the gateway has not seen it yet, or too many wait for gateways already."""
    age = real - attempt.created_at
    try:
        with waiting.CHARGES.place():
            reply = gateway(attempt.gateway).find(str(attempt.id), attempt.reference, attempt.token)
            if reply is None and again and age < SENT_WITHIN:
                return _charge(attempt)
            return ChargeReply(Outcome.NEVER_RECEIVED) if reply is None and age >= LOST_AFTER else reply
    except waiting.Busy:
        return None


def _charge(attempt: AttemptInfo) -> ChargeReply:
    return gateway(attempt.gateway).charge(
        ChargeRequest(
            key=str(attempt.id),
            amount=attempt.amount,
            description=public("inv", attempt.invoice_id),
            method_token=attempt.token,
            customer_reference=public("cus", attempt.customer_id),
            off_session=attempt.off_session,
            return_url=""
            if attempt.off_session
            else settings.PUBLIC_URL + RETURN_PATH.format(public("att", attempt.id)),
        )
    )


def as_charged(attempt_id: UUID) -> Charged:
    """How a charge stands that was begun before."""
    after = payment_queries.get_attempt(attempt_id)
    assert after is not None
    return _charged(after)


def _charged(attempt: AttemptInfo) -> Charged:
    return Charged(
        attempt.id, attempt.state, attempt.decline_hint, attempt.decline_retry, attempt.challenge_url
    )


def _in_use(customer_id: UUID) -> UUID:
    """The card that pays where none is named. Raises NoCard."""
    card = payment_queries.card_in_use(customer_id)
    if card is None:
        raise NoCard()
    return card.id


def _at(attempt_id: UUID) -> str:
    """What somebody who waits for a gateway's answer is at."""
    return f"attempt:{attempt_id}"
