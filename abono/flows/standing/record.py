"""Money for an invoice that came without a gateway: recorded by the seller, and taken back where that was a mistake (PAY-6)."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from abono.domain.contracts.many import ContractRow
from abono.domain.contracts.models import Contract
from abono.domain.credit import actions as credit
from abono.domain.credit import queries as balances
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing import standing
from abono.domain.invoicing.errors import NoSuchInvoice, NotRecordable, NotWithdrawable
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.rows import InvoiceRow
from abono.domain.invoicing.states import Reason, State
from abono.domain.invoicing.types import InvoiceDetail, InvoiceHead
from abono.domain.journal import actions as journal
from abono.domain.journal import rules as posts
from abono.domain.journal.types import Fact, NewEntry
from abono.domain.payments import disputes, receipts, refunds
from abono.domain.payments import queries as payments
from abono.domain.payments.errors import NotReceivedYet, PaymentUnderWay
from abono.domain.payments.pushed import late
from abono.domain.payments.receipts import Came
from abono.domain.payments.types import ReceiptInfo
from abono.domain.settings.known import SECOND_PERSON_RECEIPT
from abono.domain.statements import actions as statements
from abono.domain.withholding import actions as withholding
from abono.domain.withholding.types import Kept
from abono.flows import locks, second_person
from abono.flows.billing.credit import about
from abono.flows.billing.invoices import facts
from abono.flows.paid.by_credit import settle, use_credit
from abono.flows.paid.late import added, note_missing
from abono.flows.paid.withheld import kept_of
from abono.flows.tell import Telling, tell_each
from abono.kernel.ids import uuid7
from abono.kernel.money import Money
from abono.kernel.periods import local_date
from abono.platform.idempotency import Ask

TAKES = (State.PENDING, State.PAID, State.WRITTEN_OFF)
RELEASED_NOTHING = (Reason.RENEWAL, Reason.ONE_OFF)


def record_payment(
    *,
    invoice_id: UUID,
    came: Came,
    actor: str,
    now: datetime,
    receipt_id: UUID | None = None,
    ask: Ask | None = None,
    approved: bool = False,
) -> ReceiptInfo:
    """Money came by transfer or in cash. Less than is owed leaves the rest open, unless it is less by the taxes that the buyer
    must withhold: then it pays all of it (`paid.withheld`). More, or what was paid already, becomes
    credit, which pays the oldest unpaid invoices at once. What was written off is recovered by so much.

    receipt_id   under which id, where the door chose one: the payment that has it already is the result
    ask          the call with its key, where the door has one: the payment that it led to is its result (API-2)
    approved     a second person has agreed (`flows.approvals`)

    While a charge of the invoice has no clear answer it is refused: what was asked for stays what is owed until then.
    Raises NoSuchInvoice, NotRecordable, NotReceivedYet, PaymentUnderWay, SecondPersonNeeded.
    """
    if ask is not None and "receipt" in ask.led_to:
        return receipts.get(UUID(ask.led_to["receipt"]))
    receipt_id = receipt_id or uuid7()
    with locks.invoice(invoice_id) as (contract, invoice):
        known = receipts.find(receipt_id)
        if known is not None and known.invoice_id == invoice.id:
            return known
        _check(invoice, came, time_zone=contract.customer.time_zone, now=now)
        amount = Money(came.amount_minor, invoice.currency)
        second_person.require(SECOND_PERSON_RECEIPT, [_in_all(invoice.id, amount)], approved=approved, at=now)
        receipt = take(contract, invoice, came, receipt_id=receipt_id, actor=actor, now=now)
        if ask is not None:
            ask.note(receipt=str(receipt.id))
        return receipt


def recordable(*, invoice_id: UUID, came: Came, now: datetime) -> InvoiceDetail:
    """The invoice for which it could be recorded, as things stand. Raises what `record_payment` raises, but SecondPersonNeeded."""
    invoice = invoices.get(invoice_id)
    _check(invoice, came, time_zone=invoice.time_zone, now=now)
    return invoice


def needs_second(invoice_id: UUID, amount: Money, *, at: datetime) -> bool:
    """Whether somebody else has to agree before so much is recorded: many small ones of one invoice are a large one (ACC-5)."""
    return second_person.needed(SECOND_PERSON_RECEIPT, [_in_all(invoice_id, amount)], at=at)


def _in_all(invoice_id: UUID, amount: Money) -> Money:
    return Money(receipts.by_hand_minor(invoice_id) + amount.minor, amount.currency)


def take(
    contract: Contract, invoice: Invoice, came: Came, *, receipt_id: UUID, actor: str, now: datetime
) -> ReceiptInfo:
    """Book what came for an invoice that is in a state of TAKES. The caller holds it."""
    paid = invoice.state == State.PAID.value
    kept = None if paid else kept_of(invoice, came)
    settles_minor = came.amount_minor + (0 if kept is None else kept.minor)
    pays_minor = 0 if paid else min(settles_minor, invoice.rest_minor)
    over_minor = settles_minor - pays_minor
    found = added(
        invoice,
        pays_minor=pays_minor,
        over_minor=over_minor,
        on=came.received_date,
        request_id=came.request_id,
    )
    late_minor = 0 if found is None else found.minor
    more = Money(over_minor - late_minor, invoice.currency)
    receipt = receipts.record(
        receipt_id,
        invoice_id=invoice.id,
        customer_id=invoice.customer_id,
        came=came,
        credit=more,
        late_minor=late_minor,
        withheld_minor=0 if kept is None else kept.minor,
        actor=actor,
        now=now,
    )
    if kept is not None:
        withholding.note(receipt.id, kept, invoice.currency)
    note_missing(invoice, found, money=receipt.id, pays_minor=pays_minor, now=now)
    post(invoice, receipt, kept, account=came.account, now=now)
    invoicing.receive(invoice, pays_minor, withheld_minor=receipt.withheld.minor)
    if not paid and not invoice.rest_minor:
        settle(contract, invoice, actor=actor, now=now)
    if more:
        credit.overpaid(about(invoice), more, actor=actor, now=now)
        use_credit(contract, actor=actor, now=now)
    missing_minor = 0 if found is None else found.missing_minor
    _tell(contract, invoice, receipt, "payment_recorded", missing_minor=missing_minor, now=now)
    return receipt


def withdraw_payment(
    *,
    receipt_id: UUID,
    why: str,
    bounced: bool = False,
    actor: str,
    now: datetime,
    ask: Ask | None = None,
) -> ReceiptInfo:
    """It was recorded by mistake, or the bank took it back: it stays in the lists, and what it paid is owed again.

    bounced   the bank took it back: where it had arrived in an account of ours it has left that (`payouts.under_way`)

    Only while that undoes nothing else (`withdrawable`), and never what a supplier of slips or Pix told: that it went back, the
    supplier tells too. No card is charged for it by itself.
    Raises NoSuchReceipt, ReceiptWithdrawn, NotWithdrawable, PaymentUnderWay.
    """
    if ask is not None and "withdrawn" in ask.led_to:
        return receipts.get(receipt_id)
    with locks.invoice(receipts.get(receipt_id).invoice_id) as (contract, invoice):
        if receipts.get(receipt_id).gateway:
            raise NotWithdrawable(invoice.title)
        by = Fact.PAYMENT_BOUNCED if bounced else Fact.PAYMENT_WITHDRAWN
        done = take_back(contract, invoice, receipt_id, by=by, why=why, actor=actor, now=now)
        if not bounced:  # what came, came: it pays for something else
            statements.receipt_withdrawn(receipt_id, actor=actor, real=now)
        if ask is not None:
            ask.note(withdrawn=str(done.id))
        return done


def take_back(
    contract: Contract, invoice: Invoice, receipt_id: UUID, *, by: Fact, why: str, actor: str, now: datetime
) -> ReceiptInfo:
    """It pays nothing any more. The caller holds the invoice. Raises ReceiptWithdrawn, NotWithdrawable, PaymentUnderWay."""
    done = receipts.withdraw(receipt_id, customer_id=invoice.customer_id, why=why, actor=actor, now=now)
    pays = done.pays
    if payments.undecided([invoice.id]):
        raise PaymentUnderWay()
    if not withdrawable(invoice, done):
        raise NotWithdrawable(invoice.title)
    if done.credit:
        credit.recall(about(invoice), done.credit, actor=actor, now=now)
    late.withdraw(done.id, now=now)
    journal.take_back(Fact.PAYMENT_RECORDED, done.id, by=by, invoice_id=invoice.id, now=now)
    invoicing.receive(invoice, -pays.minor, withheld_minor=-done.withheld.minor)
    if pays and invoice.state == State.PAID.value:
        standing.owe_again(invoice, why=why, actor=actor, now=now)
    _tell(contract, invoice, done, "payment_withdrawn", now=now)
    use_credit(contract, actor=actor, now=now)
    return done


def withdrawable(invoice: Invoice | InvoiceHead, receipt: ReceiptInfo) -> bool:
    """Whether taking it back undoes nothing but itself, where nobody did that yet: the invoice waits for its payment, or was
    paid by this and released nothing, what became credit is still there, and nothing of it goes back already."""
    state = State(invoice.state)
    if disputes.of_payment(receipt_id=receipt.id) is not None or refunds.goes_back(receipt.id):
        return False
    if receipt.credit.minor > balances.balance(invoice.contract_id):
        return False
    if not receipt.pays or state is State.PENDING:
        return True
    by_card = payments.paid_attempt(invoice.id) is not None
    return state is State.PAID and not by_card and Reason(invoice.reason) in RELEASED_NOTHING


def _check(invoice: Invoice | InvoiceDetail, came: Came, *, time_zone: str, now: datetime) -> None:
    state = State(invoice.state)
    if state is State.DRAFT or not invoice.title:
        raise NoSuchInvoice()
    if state not in TAKES:
        raise NotRecordable(invoice.title)
    if came.received_date > local_date(now, time_zone):
        raise NotReceivedYet()
    if payments.undecided([invoice.id]):
        raise PaymentUnderWay()


def post(invoice: Invoice, receipt: ReceiptInfo, kept: Kept | None, *, account: str, now: datetime) -> None:
    """What was written off is owed once more before it is paid. `account` is the detail of the clearing account."""
    withheld = () if kept is None else kept.amounts(invoice.currency)
    came = posts.payment_received(account, receipt.amount, receipt.late, withheld)
    entries = [NewEntry(Fact.PAYMENT_RECORDED, receipt.id, invoice.id, came)]
    if invoice.state == State.WRITTEN_OFF.value:
        recovered = posts.reversal(posts.written_off(receipt.pays))
        entries.insert(0, NewEntry(Fact.RECOVERED, receipt.id, invoice.id, recovered))
    journal.post(*entries, now=now)


def _tell(
    contract: Contract,
    invoice: Invoice,
    receipt: ReceiptInfo,
    kind: str,
    *,
    missing_minor: int = 0,
    now: datetime,
) -> None:
    told = telling(
        contract,
        invoice,
        receipt.id,
        received_minor=receipt.amount.minor,
        received_date=receipt.received_date,
        reference=receipt.reference,
        credit_minor=receipt.credit.minor,
        late_minor=receipt.late.minor,
        missing_minor=missing_minor,
        withheld_minor=receipt.withheld.minor,
    )
    if kind != "payment_recorded":
        told = told._replace(attachment=None)
    tell_each(kind, [told], now=now)


def telling(
    contract: Contract | ContractRow,
    invoice: Invoice | InvoiceRow,
    receipt_id: UUID,
    *,
    received_minor: int,
    received_date: date,
    reference: str,
    credit_minor: int = 0,
    late_minor: int = 0,
    missing_minor: int = 0,
    withheld_minor: int = 0,
) -> Telling:
    """That it is recorded, as the customer is told; with the invoice where that is paid now."""
    said = {
        **facts(contract, invoice),
        "received_minor": received_minor,
        "received_date": received_date.isoformat(),
        "owed_minor": invoice.owed_minor,
        "credit_minor": credit_minor,
        **({"late_minor": late_minor} if late_minor else {}),
        **({"missing_minor": missing_minor} if missing_minor else {}),
        **({"withheld_minor": withheld_minor} if withheld_minor else {}),
        "reference": reference,
    }
    settled = invoice.state == State.PAID.value
    return Telling(invoice.customer_id, str(receipt_id), said, invoice.id if settled else None)
