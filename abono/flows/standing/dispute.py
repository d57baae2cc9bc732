"""Somebody contests an invoice, or the payment of one at the bank: until it ends nothing is asked for or given back (INV-5). How
it ends: `flows.endings.dispute`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from abono.domain.contracts.models import Contract
from abono.domain.identity import staff
from abono.domain.identity.roles import Act
from abono.domain.invoicing import standing
from abono.domain.invoicing.errors import AboveThePayment, NoSuchInvoice, NotDisputable
from abono.domain.invoicing.labels import AT_THE_BANK
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import State
from abono.domain.invoicing.types import InvoiceDetail
from abono.domain.journal import actions as journal
from abono.domain.journal import rules as posts
from abono.domain.journal.types import Fact, NewEntry
from abono.domain.payments import disputes, receipts, refunds
from abono.domain.payments import queries as payments
from abono.domain.payments.disputes import Contested
from abono.domain.payments.errors import PaymentUnderWay
from abono.domain.payments.states import DisputeState
from abono.domain.payments.types import DisputeInfo
from abono.domain.settings import queries as settings
from abono.domain.settings.known import SELLER_TIME_ZONE
from abono.domain.settings.restriction import DISPUTE_DAYS
from abono.flows import locks
from abono.flows.billing.invoices import facts
from abono.flows.restriction.contested import follow_dispute
from abono.flows.restriction.debt import relieve
from abono.flows.tell import tell, tell_staff
from abono.kernel.ids import uuid7
from abono.kernel.money import Money
from abono.kernel.periods import local_date
from abono.platform.idempotency import Ask
from abono.platform.use_case import use_case


def open_dispute(
    *,
    invoice_id: UUID,
    why: str,
    actor: str,
    now: datetime,
    amount_minor: int | None = None,
    receipt_id: UUID | None = None,
    dispute_id: UUID | None = None,
    ask: Ask | None = None,
) -> DisputeInfo:
    """Of an invoice that waits for its payment all that is owed is contested; of one that is paid, its payment at the bank, in
    whole or part. Whether the service goes on meanwhile a setting says (PAY-10).

    amount_minor   of the payment; None for all of it
    receipt_id     which payment, of a slip or Pix; None for the newest that can be
    dispute_id     under which id, where the door chose one: the dispute that has it already is the result
    ask            the call with its key, where the door has one: the dispute that it led to is its result (API-2)

    Raises NoSuchInvoice, NotDisputable, AboveThePayment, PaymentUnderWay.
    """
    dispute_id = dispute_id or uuid7()
    if ask is not None and "dispute" in ask.led_to:
        dispute_id = UUID(ask.led_to["dispute"])
    with locks.invoice(invoice_id) as (contract, invoice):
        known = disputes.find(dispute_id)
        if known is not None and known.invoice_id == invoice.id:
            return known
        if invoice.number is None:
            raise NoSuchInvoice()
        if payments.undecided([invoice.id]):
            raise PaymentUnderWay()
        payment, most = _contestable(invoice, receipt_id, now=now)
        amount = most if amount_minor is None else Money(amount_minor, invoice.currency)
        if not 0 < amount.minor <= most.minor or (payment == Contested() and amount != most):
            raise AboveThePayment(invoice.title, most.minor, most.currency)
        standing.dispute(invoice, why=why, actor=actor, now=now)
        relieve(contract, actor=actor, now=now)
        opened = disputes.begin(
            dispute_id,
            invoice_id=invoice.id,
            customer_id=invoice.customer_id,
            payment=payment,
            amount=amount,
            why=why,
            actor=actor,
            now=now,
        )
        tell_of(contract, invoice, opened, "invoice_disputed", now=now)
        if opened.of_payment is not None:
            contested = posts.money_disputed(opened.gateway, amount)
            journal.post(NewEntry(Fact.DISPUTE_OPENED, opened.id, invoice.id, contested), now=now)
            _tell_staff(contract, invoice, opened, now=now)
            follow_dispute(contract, now=now)
        if ask is not None:
            ask.note(dispute=str(opened.id))
        return opened


@use_case
def answer_dispute(
    *, dispute_id: UUID, evidence: str, answer_by: date | None, actor: str, now: datetime
) -> DisputeInfo:
    """Write down what the seller says at the bank, and until which day it has to be there; without one the day stays. Raises
    NoSuchDispute, NothingToAnswer."""
    found = disputes.get(dispute_id)
    with locks.invoice(found.invoice_id) as (_contract, invoice):
        return disputes.answer(
            dispute_id,
            customer_id=invoice.customer_id,
            evidence=evidence,
            answer_by=answer_by,
            actor=actor,
            now=now,
        )


def is_contestable(invoice: InvoiceDetail) -> bool:
    """Whether a dispute of it could be opened."""
    if invoice.state is State.PENDING:
        return True
    return invoice.state is State.PAID and next(_payments(invoice.id, None), None) is not None


def _contestable(invoice: Invoice, receipt_id: UUID | None, *, now: datetime) -> tuple[Contested, Money]:
    """Which payment can be contested, none where the invoice is not paid, and how much."""
    if State(invoice.state) is State.PENDING and receipt_id is None:
        return Contested(), Money(invoice.owed_minor, invoice.currency)
    if State(invoice.state) is State.PAID:
        for payment, room in _payments(invoice.id, receipt_id):
            return replace(payment, answer_by=_last_day(now)), room
    raise NotDisputable(invoice.title)


def _last_day(now: datetime) -> date:
    """Until when evidence has to be there, as long as nobody wrote down the bank's own day."""
    days = timedelta(days=settings.value(DISPUTE_DAYS, at=now))
    return local_date(now, settings.value(SELLER_TIME_ZONE, at=now)) + days


def _payments(invoice_id: UUID, receipt_id: UUID | None) -> Iterator[tuple[Contested, Money]]:
    """What paid an invoice, and how much of it: cards first, unless one receipt is meant."""
    left = refunds.left([invoice_id])
    if receipt_id is None:
        for paid in left:
            if paid.attempt_id is not None:
                yield Contested(attempt_id=paid.attempt_id), paid.amount
    rooms = {paid.receipt_id: paid.amount for paid in left}
    for one in receipts.of_invoice(invoice_id):
        told = one.gateway and one.id in rooms and receipt_id in (None, one.id)
        known = disputes.of_payment(receipt_id=one.id)
        if told and one.brought and (known is None or known.state is DisputeState.WON):
            yield Contested(receipt_id=one.id), min(one.brought, rooms[one.id])


def tell_of(contract: Contract, invoice: Invoice, one: DisputeInfo, kind: str, *, now: datetime) -> None:
    """Tell the customer that it was opened, or how it ended."""
    tell(
        customer_id=invoice.customer_id,
        kind=kind,
        key=str(one.id),
        facts={
            **facts(contract, invoice),
            "disputed_minor": one.amount.minor,
            "owed_minor": invoice.owed_minor,
            "paid": one.of_payment is not None,
        },
        now=now,
    )


def _tell_staff(contract: Contract, invoice: Invoice, opened: DisputeInfo, *, now: datetime) -> None:
    said = {"disputed_minor": opened.amount.minor, "answer_date": opened.answer_by, "why": opened.why}
    _tell_people(contract, invoice, said, key=str(opened.id), but=opened.opened_by, now=now)


def tell_contested(
    contract: Contract, invoice: Invoice, amount: Money, *, why: str = AT_THE_BANK, key: str, now: datetime
) -> None:
    """The same of what is contested and is of no dispute, but kept as money to look at."""
    said = {"disputed_minor": amount.minor, "answer_date": _last_day(now), "why": why, "kept": True}
    _tell_people(contract, invoice, said, key=key, now=now)


def _tell_people(
    contract: Contract,
    invoice: Invoice,
    said: Mapping[str, object],
    *,
    key: str,
    but: str = "",
    now: datetime,
) -> None:
    """Those who can write down the evidence and how it ends, beside whoever opened it."""
    tell_staff(
        people=[one for one in staff.colleagues(who_may=Act.CORRECT) if one.actor != but],
        kind="payment_contested",
        key=key,
        facts={**facts(contract, invoice), "buyer": invoice.buyer["legal_name"], **said},
        now=now,
    )
