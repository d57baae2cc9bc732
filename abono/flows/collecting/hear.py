"""Apply what a gateway says of an attempt, and release what waited for the money (PAY-1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction

from abono.domain.contracts import actions as contracts
from abono.domain.contracts.models import Contract
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing import standing
from abono.domain.invoicing.labels import AT_THE_BANK
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import Reason
from abono.domain.invoicing.states import State as InvoiceState
from abono.domain.journal import actions as journal
from abono.domain.journal import rules as posts
from abono.domain.journal.types import Fact, NewEntry
from abono.domain.notices import queries as notices
from abono.domain.notices.types import Recipient
from abono.domain.payments import actions as payments
from abono.domain.payments import disputes, refunds, unmatched
from abono.domain.payments import queries as payment_queries
from abono.domain.payments.ports.port import ChargeReply, Retry
from abono.domain.payments.registry import gateway
from abono.domain.payments.states import State
from abono.domain.payments.types import AttemptInfo
from abono.flows import locks
from abono.flows.billing.credit import give_back
from abono.flows.billing.invoices import facts, issue, make_link
from abono.flows.next_try import is_asked_for, plan
from abono.flows.paid.by_credit import use_credit
from abono.flows.paid.late import added, note_missing
from abono.flows.paid.release import release
from abono.flows.restriction.debt import relieve
from abono.flows.standing.dispute import open_dispute, tell_contested
from abono.flows.tell import tell
from abono.kernel.due import Means, overdue_from
from abono.kernel.ids import uuid7
from abono.kernel.moment import Moment
from abono.kernel.money import Money
from abono.kernel.periods import local_date
from abono.platform import events
from abono.platform.running import metrics

AGAIN_AFTER, LONGEST_PAUSE = timedelta(hours=1), timedelta(days=1)
"""After a renewal's charge that the gateway never received; each further one doubles the pause."""
NEVER_RECEIVED = "never_received"  # in a notice's `hint`: no card was declined


def hear(*, attempt_id: UUID, reply: ChargeReply, actor: str, moment: Moment) -> None:
    """Apply the gateway's answer; the same answer again changes nothing (PAY-7)."""
    known = payment_queries.get_attempt(attempt_id)
    if known is not None:
        apply(known, None, reply, actor=actor, moment=moment)


def apply(
    attempt: AttemptInfo, contract_id: UUID | None, reply: ChargeReply, *, actor: str, moment: Moment
) -> AttemptInfo | None:
    """The same for an attempt that was read before, with the contract of its invoice where that is known. Returns it as it is
    now, where the answer decided it."""
    attempt_id, now = attempt.id, moment.now
    whose = None if contract_id is None else attempt.customer_id
    with locks.invoice(attempt.invoice_id, customer_id=whose, contract_id=contract_id) as (contract, invoice):
        written_off = InvoiceState(invoice.state) is InvoiceState.WRITTEN_OFF
        owed = Money(invoice.rest_minor if written_off else invoice.owed_minor, invoice.currency)
        before, decided = payments.hear(attempt_id=attempt_id, reply=reply, owed=owed, moment=moment)
        if decided is not None:
            metrics.CARDS.labels("charge", decided.state.value).inc()
        say = partial(
            tell, customer_id=invoice.customer_id, key=str(attempt_id), now=now, beside=_buyer(invoice)
        )
        said = {**facts(contract, invoice), **_order(invoice), "payment_id": str(attempt_id)}
        if decided is not None and decided.once:
            _forget_once(decided, now=now)
        if decided is None:
            # A renewal concerns nobody until it fails, and whoever pays by a link is on its page.
            if before.state is State.CREATED and not before.off_session and not before.once:
                say(kind="payment_unknown", facts=said)
        elif decided.state is State.PAID:
            _paid(contract, invoice, decided, actor=actor, moment=moment)
        elif decided.state is State.SURPLUS:
            _money_for_nothing(invoice, decided, now=now)
        elif decided.state is State.DIFFERS:
            say(kind="payment_checked", facts=said)
        else:
            _failed(contract, invoice, decided, said, actor=actor, now=now)
        if reply.disputed:
            _disputed(contract, invoice, attempt_id, moment=moment)
    return decided


def _failed(
    contract: Contract,
    invoice: Invoice,
    decided: AttemptInfo,
    said: Mapping[str, object],
    *,
    actor: str,
    now: datetime,
) -> None:
    """No money came: what comes next is written down, and told to whoever was not there to see it (PAY-8).

    said   facts of the notice
    """
    _record_failure(invoice, decided, actor=actor, now=now)
    _look_again(contract, invoice, now=now)
    draft, lost = InvoiceState(invoice.state) is InvoiceState.DRAFT, decided.state is State.LOST
    if draft:  # a raise that is not paid leaves nothing (CHG-7)
        give_back(invoice, actor="system", now=now)
    if invoice.id in use_credit(contract, actor="system", now=now):
        return  # credit that came meanwhile has paid it
    invoice.refresh_from_db(fields=["credit_used_minor"])
    if lost and decided.off_session and not draft:
        _once_more(contract, invoice, now=now)
        return
    if decided.once:
        return  # it was no card of theirs
    then = {} if draft or lost else _then(contract, invoice, decided, now=now)
    if decided.off_session or actor == "system":
        hint = NEVER_RECEIVED if lost else decided.decline_hint
        asked = {"total_minor": decided.amount.minor} if draft else {}
        told = {**said, **facts(contract, invoice), **asked, **then, "hint": hint}
        _tell_failed(invoice, key=str(decided.id), facts=told, now=now)


def _then(contract: Contract, invoice: Invoice, decided: AttemptInfo, *, now: datetime) -> dict[str, object]:
    """Plan what is asked next, of an invoice that is collected by itself. Returns what its notice says of that."""
    if not (decided.off_session or is_asked_for(invoice)):
        return {}
    planned = plan(contract, invoice, after=now, now=now)
    ended = {"mandate_ended": True} if decided.decline_retry == Retry.MANDATE.value else {}
    if planned is None:
        return {"asked_no_more": True, **ended}
    if planned.at <= now:
        return {"reserve_card": planned.card.name, **ended}
    day = local_date(planned.at, contract.customer.time_zone)
    return {"next_card": planned.card.name, "next_date": day, **ended}


def _disputed(contract: Contract, invoice: Invoice, attempt_id: UUID, *, moment: Moment) -> None:
    """The holder contests at the bank what this paid: once, however often the gateway says so (PAY-10). Of an invoice that is not
    paid, is contested already, or got its money back, it is kept for somebody to look at."""
    paid = payment_queries.get_attempt(attempt_id)
    known = disputes.of_payment(attempt_id=attempt_id) is not None or unmatched.is_contested(attempt_id)
    if paid is None or paid.state is not State.PAID or known:
        return
    left = refunds.left([invoice.id]) if InvoiceState(invoice.state) is InvoiceState.PAID else []
    if any(one.attempt_id is not None for one in left):
        open_dispute(invoice_id=invoice.id, why=AT_THE_BANK, actor="system", now=moment.now)
    elif payments.keep_contested(attempt_id=attempt_id, real=moment.real):
        tell_contested(contract, invoice, paid.amount, key=str(attempt_id), now=moment.now)


def _tell_failed(invoice: Invoice, *, key: str, facts: Mapping[str, object], now: datetime) -> None:
    """With a link for whoever pays without an account, where the invoice can be paid by itself (ACC-3)."""
    whose, kind = invoice.customer_id, "payment_failed"
    if notices.was_told(customer_id=whose, kind=kind, key=key):
        return
    link = {} if InvoiceState(invoice.state) is InvoiceState.DRAFT else {"payment_link_id": uuid7()}
    tell(
        customer_id=whose,
        kind=kind,
        key=key,
        facts={**facts, **link},
        now=now,
        beside=_buyer(invoice),
    )
    if link:
        make_link(invoice, link["payment_link_id"], now=now)


def _forget_once(attempt: AttemptInfo, *, now: datetime) -> None:
    """A card that was typed for this alone is nothing to its gateway any more."""
    card = payments.forget_once(method_id=attempt.method_id, now=now)
    if card is not None:
        name, token = card
        transaction.on_commit(partial(gateway(name).forget_card, token), robust=True)


def _buyer(invoice: Invoice) -> tuple[Recipient, ...]:
    """Who made the order, as long as its contract is not paid: then nobody is an administrator yet (CON-9)."""
    accepted = contracts.accepted_with(invoice.contract_id) if invoice.reason == Reason.FIRST.value else None
    if accepted is None:
        return ()
    return (Recipient(accepted.person_email, accepted.person_name, accepted.language),)


def _order(invoice: Invoice) -> dict[str, object]:
    """The order that a first charge belongs to: whom we write to goes on there."""
    order_id = contracts.order_of(invoice.contract_id) if invoice.reason == Reason.FIRST.value else None
    return {} if order_id is None else {"order_id": str(order_id)}


def _once_more(contract: Contract, invoice: Invoice, *, now: datetime) -> None:
    """A renewal of which nobody heard: nobody said no, so they are asked again. From the second time on we say so."""
    losses = payment_queries.losses(invoice.id)
    pause = min(AGAIN_AFTER * 2 ** (losses - 1), LONGEST_PAUSE)
    invoicing.collect_at(invoice, now + pause, now=now)
    if losses > 1:
        told = {**facts(contract, invoice), "hint": NEVER_RECEIVED}
        _tell_failed(invoice, key=f"{invoice.id}:{NEVER_RECEIVED}", facts=told, now=now)


def _look_again(contract: Contract, invoice: Invoice, *, now: datetime) -> None:
    """What would have been said or done of an overdue invoice waited for this answer (END-1)."""
    today = local_date(now, contract.customer.time_zone)
    if invoice.due_date is not None and overdue_from(invoice.due_date, Means(invoice.means)) <= today:
        invoicing.follow_up_at(invoice.id, now, customer=contract.customer, now=now)


def _record_failure(invoice: Invoice, decided: AttemptInfo, *, actor: str, now: datetime) -> None:
    """No money came: declined, or never received by the gateway."""
    events.record(
        name="payment.declined" if decided.state is State.DECLINED else "payment.not_received",
        subject=("invoice", invoice.id),
        customer_id=invoice.customer_id,
        actor=actor,
        now=now,
        data={
            "attempt": str(decided.id),
            "number": invoice.title,
            "total_minor": decided.amount.minor,
            "currency": invoice.currency,
            "code": decided.decline_code,
        },
    )


def _money_for_nothing(invoice: Invoice, attempt: AttemptInfo, *, now: datetime) -> None:
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
            "attempt": str(attempt.id),
            "total_minor": attempt.amount.minor,
            "currency": attempt.amount.currency,
        },
    )


def _paid(contract: Contract, invoice: Invoice, attempt: AttemptInfo, *, actor: str, moment: Moment) -> None:
    """The money is here: release what waited, issue a draft, mark it paid."""
    now = moment.now
    if InvoiceState(invoice.state) is InvoiceState.WRITTEN_OFF:  # it comes after all
        standing.reopen(invoice, why="", actor=actor, now=now)
    if InvoiceState(invoice.state) not in (InvoiceState.DRAFT, InvoiceState.PENDING):
        payments.keep_surplus(attempt_id=attempt.id, real=moment.real)
        _money_for_nothing(invoice, attempt, now=now)
        return
    paid = posts.payment_received(attempt.gateway, attempt.amount)
    journal.post(NewEntry(Fact.PAYMENT_RECEIVED, attempt.id, invoice.id, paid), now=now)
    _note_late(contract, invoice, attempt, now=now)
    release(contract, invoice, actor=actor, now=now)
    if InvoiceState(invoice.state) is InvoiceState.DRAFT:
        today = local_date(now, contract.customer.time_zone)
        issue(contract, invoice, told="payment_received", due_date=today, actor=actor, now=now, paid=True)
        return
    tell(
        customer_id=invoice.customer_id,
        kind="payment_received",
        key=str(invoice.id),
        facts=facts(contract, invoice),
        now=now,
        attachment=invoice.id,
    )
    invoicing.settle(invoice, actor=actor, now=now)
    relieve(contract, actor=actor, now=now)


def _note_late(contract: Contract, invoice: Invoice, attempt: AttemptInfo, *, now: datetime) -> None:
    """A card paid what a slip asked for, too late. No slip is due before its invoice."""
    minor, today = attempt.amount.minor, local_date(now, contract.customer.time_zone)
    if invoice.due_date is None or today <= invoice.due_date:
        return
    found = added(invoice, pays_minor=minor, over_minor=0, on=today, request_id=None)
    note_missing(invoice, found, money=attempt.id, pays_minor=minor, now=now)
