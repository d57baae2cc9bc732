"""Apply what a supplier says of a slip or a Pix, and book what came for it (PAY-1, PAY-6, PAY-7)."""

from __future__ import annotations

from datetime import datetime, timedelta

from abono.domain.contracts.many import ContractRow
from abono.domain.contracts.models import Contract
from abono.domain.credit import actions as credit
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.rows import InvoiceRow
from abono.domain.invoicing.states import Reason, State
from abono.domain.journal import actions as journal
from abono.domain.journal import rules as posts
from abono.domain.journal.types import Fact, NewEntry
from abono.domain.payments import queries as payments
from abono.domain.payments import receipts, unmatched
from abono.domain.payments.ports.push import PushReply, Received
from abono.domain.payments.pushed import means as choices
from abono.domain.payments.pushed import requests
from abono.domain.payments.pushed.asked import RequestRow
from abono.domain.payments.pushed.requests import RequestInfo
from abono.domain.payments.receipts import Came
from abono.domain.payments.states import Way, Why
from abono.domain.withholding import actions as withholding
from abono.domain.withholding.types import Kept
from abono.flows import locks
from abono.flows.billing.credit import about, give_back
from abono.flows.billing.invoices import facts, issue
from abono.flows.paid.by_credit import use_credit
from abono.flows.paid.release import release
from abono.flows.paid.withheld import kept_of
from abono.flows.requests.back import look_back
from abono.flows.standing.record import TAKES, take
from abono.flows.tell import Telling, tell, tell_each
from abono.kernel.due import Means
from abono.kernel.ids import uuid7
from abono.kernel.moment import Moment
from abono.kernel.money import Money
from abono.kernel.periods import local_date

AGAIN = timedelta(minutes=1)  # while a charge of the same invoice has no clear answer


def apply(request: RequestInfo, reply: PushReply, *, moment: Moment) -> bool:
    """The same answer again changes nothing: each sum has a name, under which it is booked once. False where nothing of it was
    applied: its money has to wait for a charge without a clear answer."""
    with locks.invoice(request.invoice_id, customer_id=request.customer_id) as (contract, invoice):
        new = [one for one in reply.received if _is_new(request.gateway, one.reference)]
        went = [one for one in reply.received if one.back or one.contested]
        if (new or went) and payments.undecided([invoice.id]):
            requests.look_at(request, moment.real + AGAIN, real=moment.real)
            return False
        _before, now_so = requests.hear(request_id=request.id, reply=reply, now=moment.now, real=moment.real)
        if now_so is not None and now_so.payable and now_so.means is Means.SLIP and asks_for(now_so, invoice):
            _tell_slip(contract, invoice, now_so, moment=moment)
        if now_so is not None and now_so.came_to_nothing and now_so.mandate is not None:
            tell_uncharged(contract, invoice, key=str(now_so.id), now=moment.now)
        if now_so is not None and now_so.came_to_nothing and State(invoice.state) is State.DRAFT:
            give_back(invoice, actor="system", now=moment.now)  # what is not paid leaves nothing (CHG-7)
            use_credit(contract, actor="system", now=moment.now)
        for received in new:
            _take(contract, invoice, request, received, moment=moment)
        for received in reply.received:
            look_back(contract, invoice, request, received, moment=moment)
    return True


def _is_new(gateway: str, money: str) -> bool:
    """Whether it pays nothing yet, and did not go back as nobody's."""
    return not (receipts.knows(gateway, money) or unmatched.is_over(gateway, money))


def tell_uncharged(contract: Contract, invoice: Invoice, *, key: str, now: datetime) -> None:
    """What was to be charged under a mandate was not, and is asked for as any other Pix; nothing where it is not owed any more."""
    if State(invoice.state) is State.PENDING and invoice.owed_minor:
        said = {**facts(contract, invoice), "due_date": invoice.due_date}
        tell(customer_id=invoice.customer_id, kind="debit_failed", key=key, facts=said, now=now)


def asks_for(slip: RequestInfo | RequestRow, invoice: Invoice | InvoiceRow) -> bool:
    """Whether that is just what is owed: else nobody is told to pay it."""
    return State(invoice.state) is State.PENDING and slip.asks_for.minor == invoice.owed_minor


def _tell_slip(contract: Contract, invoice: Invoice, slip: RequestInfo, *, moment: Moment) -> None:
    """Registered: whoever pays has waited for that."""
    tell_each("slip_ready", [slip_told(contract, invoice, slip)], now=moment.now)


def slip_told(
    contract: Contract | ContractRow, invoice: Invoice | InvoiceRow, slip: RequestInfo | RequestRow
) -> Telling:
    """How it is to be paid, with its paper."""
    due: dict[str, object] = {"due_date": slip.due_date, "line": slip.pay_with}
    if slip.charges_minor:
        due["charges_minor"] = slip.charges_minor
    said = {**facts(contract, invoice), "total_minor": slip.amount.minor, **due}
    return Telling(invoice.customer_id, str(slip.id), said, slip.id)


def _take(
    contract: Contract, invoice: Invoice, request: RequestInfo, received: Received, *, moment: Moment
) -> None:
    """Money is here: it pays, is credit, or is kept for somebody to look at, where nothing of it can be."""
    state, amount = State(invoice.state), received.amount
    today = local_date(moment.now, contract.customer.time_zone)
    came = Came(
        way=Way(request.means.value),
        amount_minor=amount.minor,
        received_date=min(received.paid_on, today),
        reference=received.reference,
        gateway=request.gateway,
        request_id=request.id,
    )
    ours = amount.currency == invoice.currency
    kept = kept_of(invoice, came) if ours and state is State.DRAFT else None
    draft = state is State.DRAFT and (kept is not None or amount.minor >= invoice.owed_minor)
    if not ours or not (draft or (state in TAKES and invoice.number is not None)):
        unmatched.keep(
            why=Why.NOBODY,
            gateway=request.gateway,
            key=received.reference,
            reference=request.reference,
            taken=amount,
            attempt=None,
            real=moment.real,
        )
        return
    unmatched.close_returned(
        gateway=request.gateway, key=received.reference, how=unmatched.PAYS, real=moment.real
    )
    if draft:
        _pay_draft(contract, invoice, came, kept, moment=moment)
    else:
        take(contract, invoice, came, receipt_id=uuid7(), actor=request.gateway, now=moment.now)
    others = [one.id for one in requests.open_of([invoice.id]) if one.id != request.id]
    requests.look_now(others, real=moment.real)


def _pay_draft(
    contract: Contract, invoice: Invoice, came: Came, kept: Kept | None, *, moment: Moment
) -> None:
    """What waited for the money happens, and the draft is issued as paid."""
    now, pays = moment.now, invoice.owed_minor
    withheld_minor = 0 if kept is None else kept.minor
    more = Money(came.amount_minor + withheld_minor - pays, invoice.currency)
    receipt = receipts.record(
        uuid7(),
        invoice_id=invoice.id,
        customer_id=invoice.customer_id,
        came=came,
        credit=more,
        withheld_minor=withheld_minor,
        actor=came.gateway,
        now=now,
    )
    if kept is not None:
        withholding.note(receipt.id, kept, invoice.currency)
    withheld = () if kept is None else kept.amounts(invoice.currency)
    paid = posts.payment_received(came.account, receipt.amount, withheld=withheld)
    journal.post(NewEntry(Fact.PAYMENT_RECORDED, receipt.id, invoice.id, paid), now=now)
    invoicing.receive(invoice, pays, withheld_minor=withheld_minor)
    release(contract, invoice, actor=came.gateway, now=now)
    today = local_date(now, contract.customer.time_zone)
    if Reason(invoice.reason) is Reason.FIRST:  # there is no card to ask next time
        choices.choose(
            customer_id=contract.customer_id,
            contract_id=contract.id,
            means=Means(came.way.value),
            from_date=today,
            actor=came.gateway,
            now=now,
        )
    if more:
        credit.overpaid(about(invoice), more, actor=came.gateway, now=now)
    issue(
        contract,
        invoice,
        told="payment_received",
        due_date=today,
        actor=came.gateway,
        now=now,
        more={"withheld_minor": withheld_minor} if withheld_minor else None,
        paid=True,
    )
    if more:
        use_credit(contract, actor=came.gateway, now=now)
