"""Say what a movement of a bank statement is: it pays an invoice, as any other payment that is recorded by hand, or it is left out
(PAY-6, PAY-12)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from abono.domain.contracts import queries as contracts
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import NoSuchInvoice
from abono.domain.payments import receipts
from abono.domain.payments.receipts import Came
from abono.domain.payments.states import Way
from abono.domain.statements import actions, queries
from abono.domain.statements.errors import OfSandbox, OtherCurrency
from abono.domain.statements.states import Did
from abono.domain.statements.types import MovementInfo
from abono.flows import locks
from abono.flows.standing.record import record_payment
from abono.kernel.ids import uuid7
from abono.kernel.moment import Moment
from abono.kernel.periods import local_date
from abono.platform.idempotency import Ask
from abono.platform.use_case import use_case


def came_of(movement: MovementInfo, *, today: date) -> Came:
    """What is recorded of it. The customer reads the bank's name of it, not its text, which may tell of somebody else.

    today   the customer's, which may be a day behind the bank's
    """
    reference = movement.name or movement.public_id
    return Came(Way.TRANSFER, movement.amount.minor, min(movement.day, today), reference)


def fits(movement: MovementInfo, *, currency: str, sandbox: bool) -> None:
    """Whether it may pay an invoice of these. Raises OfSandbox, OtherCurrency."""
    if sandbox:
        raise OfSandbox()
    if movement.amount.currency != currency:
        raise OtherCurrency(movement.amount.currency, currency)


@use_case
def pay(
    *, movement_id: UUID, invoice_id: UUID, actor: str, moment: Moment, approved: bool = False
) -> MovementInfo:
    """It pays this invoice: what is more, or was paid already, becomes credit of its contract. Once: the same again changes nothing.

    moment     the customer's
    approved   a second person has agreed (`flows.approvals`)

    Raises NoSuchMovement, NothingCame, MovementDecided, OfSandbox, OtherCurrency, and what `record_payment` raises.
    """
    with locks.invoice(invoice_id) as (contract, invoice):
        movement = queries.movement(movement_id)
        if movement.receipt_id is not None and _pays(movement.receipt_id, invoice_id):
            return movement
        customer = contract.customer
        fits(movement, currency=invoice.currency, sandbox=customer.sandbox)
        receipt_id = uuid7()
        done = actions.pay(movement_id, receipt_id=receipt_id, actor=actor, real=moment.real)
        record_payment(
            invoice_id=invoice_id,
            came=came_of(movement, today=local_date(moment.now, customer.time_zone)),
            receipt_id=receipt_id,
            approved=approved,
            actor=actor,
            now=moment.now,
        )
        return done


@use_case
def leave_out(
    *, movement_id: UUID, why: str, actor: str, moment: Moment, ask: Ask | None = None
) -> MovementInfo:
    """It is booked already, as what a bank or a gateway pays out in one sum is, or none of ours. Raises NoSuchMovement, NothingCame,
    MovementDecided."""
    if ask is not None and "did" in ask.led_to:
        return queries.movement(movement_id)
    done = actions.leave_out(movement_id, why=why, actor=actor, real=moment.real)
    if ask is not None:
        ask.note(did=Did.LEFT_OUT.value)
    return done


@use_case
def look_again(*, movement_id: UUID, actor: str, moment: Moment, ask: Ask | None = None) -> MovementInfo:
    """It was left out by mistake. Raises NoSuchMovement, MovementOpen."""
    if ask is not None and "did" in ask.led_to:
        return queries.movement(movement_id)
    done = actions.look_again(movement_id, actor=actor, real=moment.real)
    if ask is not None:
        ask.note(did="")
    return done


def invoice_named(text: str) -> UUID:
    """The invoice with this number; of a contract with it, the oldest that waits for money, else the newest that was paid, by which all
    of it becomes credit. Raises NoSuchInvoice."""
    named = text.strip().upper()
    found = invoices.titled(named)
    if found is None and (contract := contracts.by_number(named)) is not None:
        waits, paid = invoices.unpaid_of(contract.id), invoices.paid_of(contract.id)
        found = next(iter(waits), None) or next(reversed(paid), None)
    if found is None:
        raise NoSuchInvoice()
    return found


def _pays(receipt_id: UUID, invoice_id: UUID) -> bool:
    return receipts.get(receipt_id).invoice_id == invoice_id
