"""A slip that is late gets a new due date, once from its customer, then from the seller (PAY-5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from abono.domain.contracts.models import Contract
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import State
from abono.domain.payments import queries as payments
from abono.domain.payments.errors import NewDateUsed, NoNewDate, PaymentUnderWay
from abono.domain.payments.pushed import requests
from abono.domain.payments.pushed.requests import Instead, RequestInfo, Wanted
from abono.flows import locks
from abono.flows.billing.due import due_on
from abono.flows.paid.late import first_of, slips_of
from abono.flows.requests.ask import SLIP_STAYS, send
from abono.flows.requests.payer import payer_of
from abono.flows.requests.terms import with_terms
from abono.kernel.due import Means
from abono.kernel.late import days_late
from abono.kernel.moment import Moment
from abono.kernel.money import Money
from abono.kernel.periods import local_date

type By = Literal["customer", "seller"]


@dataclass(frozen=True, slots=True)
class NewDate:
    """What a slip would be due on, and ask for, with a new date: `charges` of it are fine and interest until then."""

    due_date: date
    amount: Money
    charges: Money


def new_date_for(request: RequestInfo, *, by: By, now: datetime) -> NewDate | None:
    """What a press would give, to be shown before it; None where it would be refused."""
    related = Invoice.objects.select_related("customer", "contract__customer", "contract__term__plan")
    invoice = related.get(id=request.invoice_id)
    try:
        wanted = _wanted(invoice.contract, invoice, request, by=by, why="", now=now)
    except (NoNewDate, NewDateUsed, PaymentUnderWay):
        return None
    assert wanted.due_date is not None
    return NewDate(wanted.due_date, wanted.amount, Money(wanted.charges_minor, wanted.amount.currency))


def give_new_date(
    *, request_id: UUID, customer_id: UUID, by: By, why: str = "", actor: str, moment: Moment
) -> RequestInfo:
    """Another slip instead of a late one, due some days from now: it asks for fine and interest until then as well. The invoice is due
    when it was, and END-1 goes on. Pressed twice it is the same. The old slip is taken back at its bank; whoever pays it meanwhile
    has paid.

    why   the seller's reason

    Raises NoSuchRequest, NoNewDate, NewDateUsed, PaymentUnderWay.
    """
    of = requests.get(request_id, customer_id=customer_id)
    with locks.invoice(of.invoice_id, customer_id=customer_id) as (contract, invoice):
        slip = _instead(requests.get(request_id))
        if slip is None:
            before = requests.get(request_id)
            wanted = _wanted(contract, invoice, before, by=by, why=why, now=moment.now)
            slip = requests.begin(
                invoice_id=invoice.id,
                customer_id=invoice.customer_id,
                title=invoice.title,
                wanted=wanted,
                actor=actor,
                now=moment.now,
                real=moment.real,
            )
            requests.look_now([before.id], real=moment.real)
    return send(slip, moment=moment)


def say_paid(*, request_id: UUID, customer_id: UUID, actor: str, now: datetime) -> RequestInfo:
    """The customer says that they paid a slip: its money may take three bank days to be here. Raises NoSuchRequest."""
    of = requests.get(request_id, customer_id=customer_id)
    with locks.invoice(of.invoice_id, customer_id=customer_id) as (contract, _invoice):
        if not requests.get(request_id).payable or of.means is not Means.SLIP:
            return of
        return requests.say_paid(
            request_id, local_date(now, contract.customer.time_zone), actor=actor, now=now
        )


def _instead(request: RequestInfo) -> RequestInfo | None:
    """The slip that took its place by a new date, if there is one."""
    return next((one for one in slips_of(request.invoice_id) if one.instead_of == request.id), None)


def _wanted(
    contract: Contract, invoice: Invoice, request: RequestInfo, *, by: By, why: str, now: datetime
) -> Wanted:
    slips, today = slips_of(invoice.id), local_date(now, contract.customer.time_zone)
    first = first_of(request, slips)
    due_date = due_on(contract, means=Means.SLIP, now=now)
    asked = State(invoice.state) is State.PENDING and request.asks_for.minor == invoice.owed_minor
    late = request.due_date is not None and days_late(request.due_date, today) > 0
    if not asked or not late or not request.payable or request.replaced:
        raise NoNewDate()
    if first.due_date is None or due_date > first.due_date + SLIP_STAYS:
        raise NoNewDate()
    if by == "customer" and any(one.moved_by for one in slips):
        raise NewDateUsed()
    if payments.undecided([invoice.id]):
        raise PaymentUnderWay()
    wanted = Wanted(
        means=Means.SLIP,
        gateway=request.gateway,
        amount=Money(invoice.owed_minor, invoice.currency),
        due_date=due_date,
        until=first.until,
        payer=payer_of(contract, invoice),
        late=None,
        instead=Instead(request.id, by, why),
    )
    return with_terms(contract, invoice, wanted, due_date, now=now)
