from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from abono.domain.customers.models import Customer
from abono.domain.invoicing.errors import NoSuchInvoice
from abono.domain.invoicing.models import Invoice, InvoiceLine
from abono.domain.invoicing.rows import InvoiceRow
from abono.domain.invoicing.states import INVOICE, LineKind, Reason, State
from abono.domain.invoicing.taxes import taxed
from abono.domain.invoicing.types import Buyer, NewLine
from abono.domain.journal import actions as journal
from abono.domain.journal import rules as posts
from abono.domain.journal.types import Fact, NewEntry
from abono.kernel.due import Means
from abono.kernel.ids import public
from abono.kernel.money import Money, total
from abono.kernel.periods import Period, local_date
from abono.platform import agenda, events, numbering
from abono.platform.postgres.asked import Asked, Slot
from abono.platform.postgres.rows import new
from abono.platform.queue import Lane

COLLECT = agenda.Kind("collect", Lane.GATEWAYS)
ISSUE = agenda.Kind("issue", Lane.BILLING)
FOLLOW_UP = agenda.Kind("follow_up", Lane.BILLING)  # of one that nobody paid: see flows.overdue

EVENTS = {
    State.PENDING: "invoice.issued",
    State.CANCELLED: "invoice.cancelled",
    State.PAID: "invoice.paid",
}


def draft(
    *,
    customer_id: UUID,
    contract_id: UUID,
    reason: Reason,
    key: str,
    series: str,
    currency: str,
    buyer: Buyer,
    lines: Sequence[NewLine],
    now: datetime,
    replaces: UUID | None = None,
    change_id: UUID | None = None,
    run_id: UUID | None = None,
) -> Invoice:
    """Write an invoice without a number. A contract has one live invoice per `key`.

    replaces    the cancelled invoice for which this one is made out anew
    change_id   the change of the contract that waits for its payment
    run_id      the billing run that makes it

    The total is the sum of the lines, each rounded once before (INV-3), and of what taxes are on top of them (INV-7).
    """
    lines = taxed(lines, buyer.country, buyer.tax_id)
    invoice = made_out(
        customer_id=customer_id,
        contract_id=contract_id,
        reason=reason,
        key=key,
        series=series,
        currency=currency,
        buyer=buyer,
        lines=lines,
        now=now,
        run_id=run_id,
    )
    invoice.replaces_id, invoice.change_id = replaces, change_id
    invoice.save(force_insert=True)
    _write_lines(invoice, lines)
    return invoice


def made_out(
    *,
    customer_id: UUID,
    contract_id: UUID,
    reason: Reason,
    key: str,
    series: str,
    currency: str,
    buyer: Buyer,
    lines: Sequence[NewLine],
    now: datetime,
    run_id: UUID | None = None,
) -> Invoice:
    """The draft of an invoice, not written.

    lines   with their taxes
    """
    return new(
        Invoice,
        billing_run_id=run_id,
        customer_id=customer_id,
        contract_id=contract_id,
        reason=reason.value,
        key=key,
        series=series,
        currency=currency,
        total_minor=total([line.amount for line in lines], currency).minor,
        buyer=_said(buyer),
        created_at=now,
    )


def _said(buyer: Buyer) -> dict[str, object]:
    return {name: getattr(buyer, name) for name in buyer.__slots__}


def redraft(
    *, contract_id: UUID, key: str, currency: str, buyer: Buyer, lines: Sequence[NewLine]
) -> Invoice | None:
    """The contract's draft of this key made out anew; None when there is none of the same sum.

    Of the same sum, so that a charge for it which was given up still pays it when it is found paid after all.
    """
    drafts = Invoice.objects.filter(contract_id=contract_id, key=key, state=State.DRAFT.value)
    lines = taxed(lines, buyer.country, buyer.tax_id)
    sum_minor = total([line.amount for line in lines], currency).minor
    invoice = drafts.filter(currency=currency, total_minor=sum_minor).first()
    if invoice is None:
        return None
    rewrite(invoice, buyer=buyer, lines=lines)
    return invoice


def rewrite(invoice: Invoice, *, buyer: Buyer, lines: Sequence[NewLine]) -> None:
    """A draft with other lines, made out to the customer as it is now. The caller holds it, or its contract."""
    lines = taxed(lines, buyer.country, buyer.tax_id)
    invoice.buyer = _said(buyer)
    invoice.total_minor = total([line.amount for line in lines], invoice.currency).minor
    invoice.save(update_fields=["buyer", "total_minor"])
    InvoiceLine.objects.filter(invoice=invoice).delete()
    _write_lines(invoice, lines)


def _write_lines(invoice: Invoice, lines: Sequence[NewLine]) -> None:
    invoice.lines_now = InvoiceLine.objects.bulk_create(
        InvoiceLine(
            invoice=invoice,
            position=position,
            kind=line.kind.value,
            name=line.name,
            period_start=line.period.start,
            period_end=line.period.end,
            quantity=line.quantity,
            unit_price_micro=line.unit_price_micro,
            amount_minor=line.amount.minor,
            fiscal_type=line.fiscal_type.value,
            calculation=None if line.calculation is None else asdict(line.calculation),
        )
        for position, line in enumerate(lines, start=1)
    )


def make_out(invoice: Invoice, *, buyer: Buyer) -> None:
    """A draft to the customer as it is now. The caller holds it."""
    invoice.buyer = _said(buyer)
    invoice.save(update_fields=["buyer"])


def issue_at(invoice: Invoice, moment: datetime, *, now: datetime) -> None:
    """Let a draft be issued at a moment by itself."""
    _note(ISSUE, invoice.id, moment, customer=invoice.customer, now=now)


def discard(*, contract_id: UUID, prefix: str, now: datetime) -> None:
    """Cancel the contract's drafts whose key starts so: they never had a number."""
    drafts = Invoice.objects.filter(contract_id=contract_id, key__startswith=prefix, state=State.DRAFT.value)
    drafts.update(state=State.CANCELLED.value, cancelled_at=now)


def erase_drafts(*, contract_id: UUID) -> None:
    """Take away invoices that never had a number, of a contract that goes away itself (CON-9)."""
    drafts = Invoice.objects.filter(contract_id=contract_id, number=None)
    InvoiceLine.objects.filter(invoice__in=drafts).delete()
    drafts.delete()


def _locking() -> QuerySet[Invoice]:
    return Invoice.objects.select_for_update().filter(id=Slot("id"))


_LOCKING = Asked(_locking)


def lock(invoice_id: UUID) -> Invoice:
    """Hold the invoice until the transaction ends; `flows.locks` knows when. Raises NoSuchInvoice."""
    invoice = _LOCKING.sole(id=invoice_id)
    if invoice is None:
        raise NoSuchInvoice()
    return invoice


def move_period(invoice: Invoice, period: Period, *, kind: LineKind | None = None) -> None:
    """Let a draft's lines, or those of a kind, pay for another period: its charge was confirmed on a later day than it was
    made."""
    if State(invoice.state) is not State.DRAFT:
        return
    to = (period.start, period.end)
    of_kind = [line for line in invoice.lines_now if kind is None or line.kind == kind.value]
    moved = [line for line in of_kind if (line.period_start, line.period_end) != to]
    for line in moved:
        line.period_start, line.period_end = to
    if moved:
        InvoiceLine.objects.bulk_update(moved, ["period_start", "period_end"])


def issue(
    invoice: Invoice,
    *,
    due_date: date,
    means: Means = Means.CARD,
    actor: str,
    now: datetime,
    why: str = "",
    paid: bool = False,
) -> None:
    """Give the invoice its gapless number; from here on it never changes (INV-4). Where its money is here, mark it as
    paid with that. Raises MoveNotAllowed.

    Call it last in a transaction: the number's counter stays locked until the commit.
    """
    INVOICE.require(State(invoice.state), State.PENDING)
    lines = [(line.kind, Money(line.amount_minor, invoice.currency)) for line in invoice.lines_now]
    journal.post(issued(invoice, lines), now=now)
    facts = facts_of(invoice, due_date, means, now=now)
    tells = [become(invoice, State.PENDING, actor=actor, now=now, why=why, **facts)]
    if paid:
        tells.append(become(invoice, State.PAID, actor=actor, now=now, paid_at=now))
    fields = ("state", "paid_at", *facts)
    invoice.number = numbering.number(invoice, f"invoice:{invoice.series}", fields)
    for tell in tells:
        tell()


def issued(invoice: Invoice, lines: Iterable[tuple[str, Money]]) -> NewEntry:
    """What its issue posts.

    lines   kind and amount of each
    """
    return NewEntry(Fact.INVOICE_ISSUED, invoice.id, invoice.id, posts.invoice_issued(lines))


def facts_of(invoice: Invoice, due_date: date, means: Means = Means.CARD, *, now: datetime) -> dict[str, Any]:
    issued_date = local_date(now, invoice.customer.time_zone)
    return {"issued_at": now, "issued_date": issued_date, "due_date": due_date, "means": means.value}


def collect_at(invoice: Invoice, moment: datetime | None, *, now: datetime, at_once: bool = True) -> None:
    """Let the customer's card be asked for an issued invoice at a moment, without them.

    moment, at_once   as `due_at` and `at_once` of `agenda.note`; None: once there is another card, or other data of it
    """
    _note(COLLECT, invoice.id, moment, customer=invoice.customer, now=now, at_once=at_once)


def follow_up_at(invoice_id: UUID, moment: datetime, *, customer: Customer, now: datetime) -> None:
    """Let an unpaid invoice be spoken of at a moment (END-1)."""
    _note(FOLLOW_UP, invoice_id, moment, customer=customer, now=now)


def _note(
    kind: agenda.Kind,
    invoice_id: UUID,
    moment: datetime | None,
    *,
    customer: Customer,
    now: datetime,
    at_once: bool = True,
) -> None:
    agenda.note(
        kind,
        subject=invoice_id,
        customer_id=customer.id,
        sandbox=customer.sandbox,
        due_at=moment,
        now=now,
        at_once=at_once,
    )


def take_off(invoice: Invoice, lowers_minor: int) -> None:
    """A credit note lowers what is owed. The caller holds the invoice."""
    invoice.credited_minor += lowers_minor
    invoice.save(update_fields=["credited_minor"])


def use_credit(invoice: Invoice, used_minor: int) -> None:
    """Credit pays so much more of it; less where it is negative. The caller holds the invoice, or has just made it."""
    invoice.credit_used_minor += used_minor
    invoice.save(update_fields=["credit_used_minor"])


def receive(invoice: Invoice, amount_minor: int, *, withheld_minor: int = 0) -> None:
    """So much more of it came without a gateway, of which the buyer withheld some; less where that is negative. The caller holds
    the invoice."""
    invoice.received_minor += amount_minor
    invoice.withheld_minor += withheld_minor
    invoice.save(update_fields=["received_minor", "withheld_minor"])


def note_refunded(invoice: Invoice, amount_minor: int) -> None:
    """So much went back to the card that paid it. The caller holds the invoice."""
    invoice.refunded_minor += amount_minor
    invoice.save(update_fields=["refunded_minor"])


def cancel(invoice: Invoice, *, actor: str, now: datetime, why: str = "") -> None:
    """Take back an invoice that nobody paid; it keeps its number (INV-4, INV-5). Raises MoveNotAllowed."""
    if invoice.number is not None:
        journal.take_back(
            Fact.INVOICE_ISSUED, invoice.id, by=Fact.INVOICE_CANCELLED, invoice_id=invoice.id, now=now
        )
    move(invoice, State.CANCELLED, actor=actor, now=now, why=why, cancelled_at=now)


def settle(invoice: Invoice, *, actor: str, now: datetime) -> None:
    """Mark an issued invoice as paid (INV-5). Raises MoveNotAllowed."""
    move(invoice, State.PAID, actor=actor, now=now, paid_at=now)


def move(
    invoice: Invoice,
    target: State,
    *,
    actor: str,
    now: datetime,
    event: str | None = None,
    why: str = "",
    **facts: object,
) -> None:
    """Change the state along the table of moves, with the facts that come with it. Raises MoveNotAllowed."""
    tell = become(invoice, target, actor=actor, now=now, event=event, why=why, **facts)
    invoice.save(update_fields=["state", *facts])
    if target is State.PENDING:  # owed again
        follow_up_at(invoice.id, now, customer=invoice.customer, now=now)
    else:
        agenda.withdraw(COLLECT, subject=invoice.id)
        agenda.withdraw(FOLLOW_UP, subject=invoice.id)
    tell()


def become(
    invoice: Invoice,
    target: State,
    *,
    actor: str,
    now: datetime,
    event: str | None = None,
    why: str = "",
    **facts: object,
) -> Callable[[], object]:
    """The same for who saves it. Returns what tells of it once that is done."""
    before, owed_minor = State(invoice.state), invoice.owed_minor
    enter(invoice, target, **facts)
    return lambda: events.record(
        name=event or EVENTS[target],
        subject=("invoice", invoice.id),
        customer_id=invoice.customer_id,
        actor=actor,
        now=now,
        before={"state": before.word},
        after={"state": target.word},
        why=why,
        data=said(invoice, owed_minor),
    )


def enter(invoice: Invoice, target: State, **facts: object) -> None:
    """The same for who saves it, and tells of it. Raises MoveNotAllowed."""
    INVOICE.require(State(invoice.state), target)
    for name, value in (("state", target.value), *facts.items()):
        setattr(invoice, name, value)


def said(invoice: Invoice | InvoiceRow, owed_minor: int) -> dict[str, object]:
    """What events say of an invoice of which so much was owed."""
    return {
        "number": invoice.title,
        "total_minor": invoice.total_minor,
        "owed_minor": owed_minor,
        "currency": invoice.currency,
        **({} if invoice.replaces_id is None else {"replaces": public("inv", invoice.replaces_id)}),
    }
