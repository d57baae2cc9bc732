"""Write a one-off invoice to a contract's customer, change or discard it: nobody is told, and it has no number (INV-10)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from abono.domain.contracts.errors import ContractNotRunning
from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import State as ContractState
from abono.domain.customers import queries as customers
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing import keys
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import LineUnreadable, NoSuchDraft, NothingToBill
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import FiscalType, LineKind, Reason, State
from abono.domain.invoicing.types import InvoiceDetail, NewLine
from abono.flows import locks
from abono.flows.billing.invoices import buyer_of, draft
from abono.kernel.periods import Period, day_start, local_date
from abono.kernel.rating import line_total
from abono.kernel.written import readable
from abono.platform.idempotency import Ask

MOST_LINES = 50
MOST_QUANTITY = 1_000_000
MOST_PRICE_MICRO = 10**15  # a thousand million of the currency
MOST_TEXT = 60  # characters


@dataclass(frozen=True, slots=True)
class Written:
    """A line in the seller's words: so many at that price each."""

    text: str
    quantity: int
    unit_price_micro: int
    fiscal_type: FiscalType


def write_draft(
    *, contract_id: UUID, named: UUID, lines: Sequence[Written], now: datetime, ask: Ask | None = None
) -> InvoiceDetail:
    """A draft in the contract's currency.

    named   by whoever begins it: the draft that has this name already is the result
    ask     the call with its key, where the door has one: the draft that it led to before is its result (API-2)

    Raises NoSuchContract, ContractNotRunning for one that never began, NothingToBill, LineUnreadable.
    """
    if ask is not None and "invoice" in ask.led_to:
        return invoices.get(UUID(ask.led_to["invoice"]))
    with locks.contract(contract_id) as contract:
        there = invoices.find(contract.id, key=keys.one_off(named))
        if there is not None:
            return there
        if contract.state == ContractState.PENDING.value:
            raise ContractNotRunning(contract.number)
        new = lines_of(contract, lines, now=now)
        made = draft(contract, reason=Reason.ONE_OFF, key=keys.one_off(named), lines=new, now=now)
        if ask is not None:
            ask.note(invoice=str(made.id))
    return invoices.get(made.id)


def rewrite_draft(*, invoice_id: UUID, lines: Sequence[Written], now: datetime) -> InvoiceDetail:
    """Other lines instead of those that are there. Raises NoSuchDraft, NothingToBill, LineUnreadable."""
    with held(invoice_id) as (contract, invoice):
        rewrite(contract, invoice, lines, now=now)
    return invoices.get(invoice_id)


def discard_draft(*, invoice_id: UUID, now: datetime) -> None:
    """It never was. Again it changes nothing. Raises NoSuchInvoice, NoSuchDraft."""
    with locks.invoice(invoice_id) as (contract, invoice):
        if invoice.number is None and invoice.state == State.CANCELLED.value:
            return
        _require_draft(invoice)
        invoicing.discard(contract_id=contract.id, prefix=invoice.key, now=now)


def find_draft(invoice_id: UUID) -> InvoiceDetail:
    """Raises NoSuchInvoice, NoSuchDraft."""
    found = invoices.get(invoice_id)
    if (found.reason, found.state) != (Reason.ONE_OFF, State.DRAFT):
        raise NoSuchDraft()
    return found


@contextmanager
def held(invoice_id: UUID) -> Iterator[tuple[Contract, Invoice]]:
    """A draft until the transaction ends. Raises NoSuchInvoice, NoSuchDraft."""
    with locks.invoice(invoice_id) as (contract, invoice):
        _require_draft(invoice)
        yield contract, invoice


def _require_draft(invoice: Invoice) -> None:
    """Raises NoSuchDraft."""
    if (invoice.reason, invoice.state) != (Reason.ONE_OFF.value, State.DRAFT.value):
        raise NoSuchDraft()


def rewrite(contract: Contract, invoice: Invoice, lines: Sequence[Written], *, now: datetime) -> None:
    """Its lines are of today, and it is made out to the customer as it is now. The caller holds it."""
    buyer = buyer_of(customers.organization(contract.customer))
    invoicing.rewrite(invoice, buyer=buyer, lines=lines_of(contract, lines, now=now))


def lines_of(contract: Contract, lines: Sequence[Written], *, now: datetime) -> list[NewLine]:
    """As they stand on the invoice: of the customer's day, each rounded once (INV-3). Raises NothingToBill, LineUnreadable."""
    for place, one in enumerate(lines, start=1):
        if not readable(one.text):
            raise LineUnreadable(place)
    zone = contract.customer.time_zone
    today = local_date(now, zone)
    day = Period(day_start(today, zone), day_start(today + timedelta(days=1), zone))
    found = [
        NewLine(
            LineKind.ONE_OFF,
            one.text,
            day,
            one.quantity,
            one.unit_price_micro,
            line_total(one.quantity, one.unit_price_micro, contract.currency),
            own_fiscal_type=one.fiscal_type,
        )
        for one in lines
    ]
    if sum(line.amount.minor for line in found) <= 0:
        raise NothingToBill()
    return found


def written(found: InvoiceDetail) -> list[Written]:
    """The lines as somebody wrote them."""
    return [
        Written(line.name, line.quantity, line.unit_price_micro, line.fiscal_type)
        for line in found.lines
        if line.kind is LineKind.ONE_OFF
    ]


def seen(found: InvoiceDetail) -> str:
    """What whoever issues it has seen: a draft with other lines or other taxes has another one."""
    lines = [(one.text, one.quantity, one.unit_price_micro, one.fiscal_type.value) for one in written(found)]
    return hashlib.sha256(repr((found.total_minor, lines)).encode()).hexdigest()[:32]
