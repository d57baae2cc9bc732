"""Apply what a gateway says of an attempt, and release what waited for the money (PAY-1)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from abono.domain.contracts import actions as contracts
from abono.domain.customers import actions as customer_actions
from abono.domain.customers import queries as customers
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import Reason
from abono.domain.invoicing.states import State as InvoiceState
from abono.domain.payments import actions as payments
from abono.domain.payments import queries as payment_queries
from abono.domain.payments.port import NEVER_RECEIVED, ChargeReply
from abono.domain.payments.states import State
from abono.domain.payments.types import AttemptInfo
from abono.flows.billing.renew import catch_up
from abono.flows.paid.first import activate_contract
from abono.flows.paid.interim import open_limit
from abono.flows.paid.package_raise import apply_package_raise
from abono.flows.tell import tell
from abono.kernel.periods import local_date
from abono.platform import clock, events
from abono.platform.use_case import use_case

AGAIN_AFTER = timedelta(hours=1)  # after a renewal's charge that the gateway never received


@use_case
def hear(*, attempt_id: UUID, reply: ChargeReply, actor: str, now: datetime) -> None:
    """Apply the gateway's answer; the same answer again changes nothing (PAY-7).

    now     the moment on the customer's clock
    """
    known = payment_queries.get_attempt(attempt_id)
    if known is None:
        return
    invoice = _lock_in_order(known)
    before = payment_queries.get_attempt(attempt_id)  # as it is now that nobody else can change it
    assert before is not None
    decided = payments.hear(attempt_id=attempt_id, reply=reply, real=clock.now())
    facts = {
        "invoice": invoice.title,
        "number": invoice.contract.number,
        "total_minor": invoice.total_minor,
        "currency": invoice.currency,
    }
    say = partial(tell, customer_id=invoice.customer_id, key=str(attempt_id), now=now)
    if decided is None:
        if (
            before.state is State.CREATED and not before.off_session
        ):  # a renewal concerns nobody until it fails
            say(kind="payment_unknown", facts=facts)
    elif decided.state is State.PAID:
        _paid(invoice, attempt_id=attempt_id, actor=actor, now=now)
    elif decided.state is State.SURPLUS:
        _money_for_nothing(invoice, attempt_id=attempt_id, now=now)
    elif decided.decline_code == NEVER_RECEIVED and decided.off_session:
        invoicing.collect_at(invoice, now + AGAIN_AFTER, now=now)  # nobody said no: they are asked once more
    elif decided.off_session or actor == "system":  # nobody is there to see it
        lost = decided.decline_code == NEVER_RECEIVED  # then no card was declined
        hint = NEVER_RECEIVED if lost else decided.decline_hint
        say(kind="payment_failed", facts={**facts, "hint": hint})


def _lock_in_order(attempt: AttemptInfo) -> Invoice:
    """Locks go customer, contract, invoice, balance; the attempt comes after its invoice."""
    invoice = Invoice.objects.get(id=attempt.invoice_id)
    customer_actions.lock(invoice.customer_id)
    contracts.lock(invoice.contract_id)
    return invoicing.lock(attempt.invoice_id)


def _money_for_nothing(invoice: Invoice, *, attempt_id: UUID, now: datetime) -> None:
    """A charge that was given up as lost was paid after all, and nothing waits for its money any more.

    The seller sees it as an event, and `abono check-books` says so until the money is given back.
    """
    events.record(
        name="payment.for_no_invoice",
        subject=("invoice", invoice.id),
        customer_id=invoice.customer_id,
        actor="system",
        now=now,
        data={
            "attempt": str(attempt_id),
            "total_minor": invoice.total_minor,
            "currency": invoice.currency,
        },
    )


def _paid(invoice: Invoice, *, attempt_id: UUID, actor: str, now: datetime) -> None:
    """The money is here: issue a draft, mark it paid, release what waited."""
    if InvoiceState(invoice.state) not in (InvoiceState.DRAFT, InvoiceState.PENDING):
        _money_for_nothing(invoice, attempt_id=attempt_id, now=now)
        return
    reason = Reason(invoice.reason)
    if reason is Reason.FIRST:
        activate_contract(contract_id=invoice.contract_id, invoice=invoice, actor=actor, now=now)
    elif reason is Reason.INTERIM:
        catch_up(contract_id=invoice.contract_id, now=now)
        open_limit(contract_id=invoice.contract_id, key=invoice.key, actor=actor, now=now)
    elif reason is Reason.PACKAGE_RAISE:
        catch_up(contract_id=invoice.contract_id, now=now)
        apply_package_raise(invoice, actor=actor, now=now)
    if InvoiceState(invoice.state) is InvoiceState.DRAFT:
        zone = customers.get(invoice.customer_id).time_zone
        invoicing.issue(invoice, due_date=local_date(now, zone), actor=actor, now=now)
    invoicing.settle(invoice, actor=actor, now=now)
    tell(
        customer_id=invoice.customer_id,
        kind="payment_received",
        key=str(invoice.id),
        facts={
            "invoice": invoice.title,
            "number": invoice.contract.number,
            "total_minor": invoice.total_minor,
            "currency": invoice.currency,
        },
        now=now,
        attachment=invoice.id,
    )
