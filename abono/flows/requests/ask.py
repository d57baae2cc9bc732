"""Ask for the money of an invoice by slip or Pix. The supplier is called between two transactions, never inside one."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection

from abono.domain.contracts.models import Contract
from abono.domain.customers import queries as customers
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import InvoiceNotPayable
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import State
from abono.domain.payments import queries as payments
from abono.domain.payments import waiting
from abono.domain.payments.errors import OldOneStands, PaymentUnderWay
from abono.domain.payments.files.bank_orders import never_sent
from abono.domain.payments.ports.push import PushReply, Standing
from abono.domain.payments.pushed import requests
from abono.domain.payments.pushed.requests import RequestInfo, Wanted
from abono.domain.payments.registry import bank_files, push_gateway, serves
from abono.domain.payments.states import RequestState
from abono.flows import locks
from abono.flows.billing.due import due_on
from abono.flows.billing.offered import require
from abono.flows.requests.debits import announce, look_at_debit
from abono.flows.requests.hear import apply
from abono.flows.requests.payer import payer_of
from abono.flows.requests.terms import with_terms
from abono.kernel.due import Means
from abono.kernel.moment import Moment
from abono.kernel.money import Money
from abono.kernel.periods import day_start, local_date
from abono.platform.use_case import use_case

PIX_STAYS = timedelta(days=1)  # payable, that is
UNWANTED = """(i.state NOT IN ('draft', 'pending')
        OR i.total_minor - i.credited_minor - i.credit_used_minor - i.received_minor <> r.amount_minor - r.charges_minor
        OR r.replaced)"""
"""Of a request r of an invoice i."""
_UNWANTED = f"""
SELECT r.id FROM payments_paymentrequest r JOIN invoicing_invoice i ON i.id = r.invoice_id
 WHERE r.state IN ('created', 'asked', 'payable') AND {UNWANTED}
   AND NOT EXISTS (SELECT FROM payments_bankorder o WHERE o.request_id = r.id)
 ORDER BY r.id LIMIT 500
"""  # noqa: S608 - our own words; of whom a bank was asked by a file, its next files tell
SLIP_STAYS = timedelta(days=90)  # after its due date (PAY-5)


def ask_for(*, invoice_id: UUID, customer_id: UUID, means: Means, actor: str, moment: Moment) -> RequestInfo:
    """A slip or a Pix for what is owed of an invoice: the one that is open already, where it asks for the same.

    It may come back `created`: its supplier did not answer clearly, and is asked again by itself.
    Raises NoSuchInvoice, InvoiceNotPayable, MeansNotOffered, SlipNotYet, PaymentUnderWay, OldOneStands.
    """
    invoices.whose(invoice_id, customer_id=customer_id)
    for other in requests.open_of([invoice_id]):
        if other.means is means and not other.replaced and not _stands(other, moment.real):
            with suppress(waiting.Busy):  # it is looked at by itself, and in the way until then
                look(request_id=other.id, real=moment.real)
    with locks.invoice(invoice_id, customer_id=customer_id) as (contract, invoice):
        request = begin(contract, invoice, means, actor=actor, moment=moment)
    return send(request, moment=moment)


def send(request: RequestInfo, *, moment: Moment) -> RequestInfo:
    """Ask its supplier, once it is committed that it is to be asked; one that was asked before is as it stands."""
    if request.state is RequestState.CREATED:
        _send(request, moment=moment)
    return requests.get(request.id)


def take_back(*, request_id: UUID, moment: Moment) -> RequestInfo:
    """Whoever was to pay it wants to pay otherwise, or not at all: nobody can pay it any more, unless somebody was faster.

    Raises PaymentUnderWay where its supplier gives no clear answer: then it is looked at by itself, and can be taken back again.
    """
    request = requests.get(request_id)
    if request.open:
        try:
            with waiting.CHARGES.place():
                reply = push_gateway(request.gateway).withdraw(request.id.hex, request.reference)
        except waiting.Busy:
            raise PaymentUnderWay() from None
        apply(request, reply, moment=moment)
        request = requests.get(request_id)
    if request.open:
        raise PaymentUnderWay()
    return request


def look(*, request_id: UUID, real: datetime) -> None:
    """Ask a supplier how a request stands, and apply the answer; one that asks for what is not owed any more is taken back."""
    request = requests.get(request_id)
    customer_id, _contract = invoices.whose(request.invoice_id)
    moment = customers.moment_of(customer_id, real=real)
    if request.state is RequestState.CREATED and wanted(request):
        _send(request, moment=moment)
        return
    if request.mandate is not None:
        look_at_debit(request, wanted=wanted(request), moment=moment)
        return
    if bank_files(request.gateway) is not None:
        _look_at_slip_of_files(request, moment=moment)
        return
    supplier = push_gateway(request.gateway)
    with waiting.CHARGES.place():
        if request.open and not wanted(request):
            reply: PushReply | None = supplier.withdraw(request.id.hex, request.reference)
        else:
            reply = supplier.find(request.id.hex, request.reference)
    apply(request, reply or PushReply(Standing.UNKNOWN), moment=moment)


def _look_at_slip_of_files(slip: RequestInfo, *, moment: Moment) -> None:
    """The bank's files tell how it stands, and the next one asks to write off what nobody owes any more; that is over at once
    where no bank was asked for it."""
    with locks.invoice(slip.invoice_id, customer_id=slip.customer_id):
        if slip.open and not wanted(slip) and never_sent(slip.id):
            apply(slip, PushReply(Standing.ENDED, slip.reference), moment=moment)


@use_case
def look_at_unwanted(*, real: datetime) -> int:
    """What is asked for and not owed any more, whatever became of its invoice, is looked at. Returns how many there are."""
    with connection.cursor() as cursor:
        cursor.execute(_UNWANTED)
        found = [one for (one,) in cursor.fetchall()]
    requests.look_now(found, real=real)
    return len(found)


def begin(
    contract: Contract,
    invoice: Invoice,
    means: Means,
    *,
    stays: timedelta = PIX_STAYS,
    actor: str,
    moment: Moment,
) -> RequestInfo:
    """The open one, or a new one that is not sent yet. The caller holds the invoice, and sends it once this is committed.

    stays   how long a Pix can be paid

    Raises as `ask_for`.
    """
    state = State(invoice.state)
    payable = state is State.PENDING or (state is State.DRAFT and means is Means.PIX)
    if not payable or not invoice.owed_minor:
        raise InvoiceNotPayable(invoice.title)
    if payments.undecided([invoice.id]):
        raise PaymentUnderWay()
    require(contract, means, but=invoice.id, now=moment.now)
    for other in requests.open_of([invoice.id]):
        if other.means is means and not other.replaced:
            if other.asks_for.minor != invoice.owed_minor:
                raise OldOneStands()
            return other
    due_date, until = _dates(contract, invoice, means, stays, moment=moment)
    wanted = Wanted(
        means=means,
        gateway=serves(means) or "",
        amount=Money(invoice.owed_minor, invoice.currency),
        due_date=due_date,
        until=until,
        payer=payer_of(contract, invoice),
        late=None,
    )
    if due_date is not None:
        wanted = with_terms(contract, invoice, wanted, due_date, now=moment.now)
    return requests.begin(
        invoice_id=invoice.id,
        customer_id=invoice.customer_id,
        title=invoice.title,
        wanted=wanted,
        actor=actor,
        now=moment.now,
        real=moment.real,
    )


def _dates(
    contract: Contract, invoice: Invoice, means: Means, stays: timedelta, *, moment: Moment
) -> tuple[date | None, datetime]:
    """When it is due, and until when it can be paid. A slip of an invoice that was due has a date of its own: the invoice
    stays due when it was."""
    ahead = moment.now - moment.real  # of a sandbox
    if means is Means.PIX:
        return None, moment.real + stays
    zone = contract.customer.time_zone
    today = local_date(moment.now, zone)
    due = invoice.due_date
    if due is None or due <= today:
        due = due_on(contract, means=means, now=moment.now)
    return due, day_start(due + SLIP_STAYS + timedelta(days=1), zone) - ahead


def _send(request: RequestInfo, *, moment: Moment) -> None:
    """Under its own key: however often, it asks once."""
    if request.mandate is not None:
        announce(request, moment=moment)
        return
    head = invoices.get(request.invoice_id)
    issued = head.issued_date or local_date(moment.now, head.time_zone)
    try:
        with waiting.CHARGES.place():
            title = head.title or head.contract_number  # of a draft, which has no number yet
            reply = push_gateway(request.gateway).ask(request.for_supplier(title, issued))
    except waiting.Busy:
        return  # it is in the agenda
    apply(request, reply, moment=moment)


def _stands(request: RequestInfo, real: datetime) -> bool:
    """Whether who asks once more can be shown the same."""
    return request.until > real and wanted(request)


def slip_stands(invoice_id: UUID) -> bool:
    """Whether who asks for a slip of it is shown one that is there."""
    return any(one.means is Means.SLIP and wanted(one) for one in requests.open_of([invoice_id]))


def wanted(request: RequestInfo) -> bool:
    """Whether its invoice asks for just this, still."""
    head = invoices.get(request.invoice_id)
    payable = head.state is State.PENDING or (head.state is State.DRAFT and request.means is Means.PIX)
    return payable and not request.replaced and request.asks_for == Money(head.owed_minor, head.currency)
