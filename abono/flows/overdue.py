"""An invoice that nobody pays is spoken of before and after its day, and at last its contract is restricted (END-1)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from uuid import UUID

from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import RUNNING, State
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import NoSuchInvoice
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import Reason
from abono.domain.invoicing.states import State as Invoiced
from abono.domain.invoicing.types import InvoiceHead
from abono.domain.notices import queries as notices
from abono.domain.payments import queries as payments
from abono.domain.payments.pushed import requests
from abono.flows import locks
from abono.flows.billing.invoices import facts, make_link
from abono.flows.next_try import left_alone_until
from abono.flows.restriction.debt import (
    follow,
    restrict_for_debt,
    restricted_for_debt,
    restricts_on,
)
from abono.flows.tell import tell
from abono.kernel.ids import uuid7
from abono.kernel.periods import day_start, local_date

_SOON, _ON_ITS_DAY = "invoice_due_soon", "invoice_due"
_LATE = "invoice_overdue"
WARNED = timedelta(days=7)  # before what is old is restricted for


def follow_up(*, invoice_id: UUID, now: datetime) -> None:
    """What its day brings: of several that passed unseen the last one is told. Nothing where nothing is owed of it, where
    it can wait (an interim invoice), while its bank charges it under a mandate, which says more itself, or while nobody knows yet whether a charge has paid it: one that comes to nothing has it
    looked at again (PAY-7). Of a contract that has ended it is spoken of as before, and nothing is restricted."""
    with suppress(NoSuchInvoice), locks.invoice(invoice_id) as (contract, invoice):
        if not _is_followed(contract, invoice):
            return
        head = invoices.get(invoice_id)
        today = local_date(now, contract.customer.time_zone)
        assert head.late_from is not None
        last = restricts_on(contract, head.late_from, now=now)
        alone = left_alone_until(contract.customer, now=now) is not None
        debited = any(one.mandate is not None for one in requests.open_of([invoice_id]))
        if payments.undecided([invoice_id]) or alone or (debited and today < last):
            pass
        elif today < last:
            _remind(contract, invoice, head, last, today, now=now)
        else:
            restrict_for_debt(contract, head, now=now)
        follow(contract, head.id, head.late_from, head.reminded_on.values(), now=now)


def take_up(*, invoice_id: UUID, now: datetime) -> None:
    """Follow an invoice that was issued before anybody was restricted. What is overdue for too long already, or will be soon,
    is spoken of once more, and restricts its contract a week later. Nothing where the contract has ended."""
    with suppress(NoSuchInvoice), locks.invoice(invoice_id) as (contract, invoice):
        if State(contract.state) is State.ENDED or not _is_followed(contract, invoice):
            return
        head = invoices.get(invoice_id)
        zone = contract.customer.time_zone
        assert head.late_from is not None
        last, soon = restricts_on(contract, head.late_from, now=now), local_date(now, zone) + WARNED
        if last >= soon:
            follow(contract, head.id, head.late_from, head.reminded_on.values(), now=now)
            return
        if not payments.undecided([invoice_id]):
            said = {**facts(contract, invoice), "due_date": head.due_date, "restricted_date": soon}
            _tell_late(invoice, f"{invoice.id}:before", said, now=now)
        invoicing.follow_up_at(invoice.id, day_start(soon, zone), customer=contract.customer, now=now)


def _is_followed(contract: Contract, invoice: Invoice) -> bool:
    served = State(contract.state) in (*RUNNING, State.ENDED)
    owed = Invoiced(invoice.state) is Invoiced.PENDING and invoice.owed_minor > 0
    return served and owed and Reason(invoice.reason) is not Reason.INTERIM


def _remind(
    contract: Contract, invoice: Invoice, head: InvoiceHead, last: date, today: date, *, now: datetime
) -> None:
    passed = [step for step, day in head.reminded_on.items() if day <= today]
    if not passed:
        return
    step = passed[-1]
    if step == 0 and today != head.due_date:  # it was due on another day, and is not overdue for long
        return
    said = {**facts(contract, invoice), "due_date": head.due_date}
    if State(contract.state) is State.ENDED:
        said["ended"] = True
    elif not restricted_for_debt(contract):
        said["restricted_date"] = last
    whose = invoice.customer_id
    if step <= 0:
        kind = _SOON if step < 0 else _ON_ITS_DAY
        tell(customer_id=whose, kind=kind, key=str(invoice.id), facts=said, now=now)
        return
    _tell_late(invoice, f"{invoice.id}:{step}", said, now=now)


def _tell_late(invoice: Invoice, key: str, said: Mapping[str, object], *, now: datetime) -> None:
    whose, link_id = invoice.customer_id, uuid7()
    if not notices.was_told(customer_id=whose, kind=_LATE, key=key):
        tell(customer_id=whose, kind=_LATE, key=key, facts={**said, "payment_link_id": link_id}, now=now)
        make_link(invoice, link_id, now=now)
