"""The interim invoice: overage so far, payable at once, so that sending resumes (LIM-4)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.contracts.errors import ContractNotRunning
from abono.domain.contracts.models import Contract
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing import keys
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import NotBlocked, NothingToPay
from abono.domain.invoicing.states import Reason
from abono.domain.invoicing.states import State as InvoiceState
from abono.domain.invoicing.types import NewLine
from abono.domain.metering import queries as metering
from abono.flows import locks
from abono.flows.billing.invoices import draft
from abono.flows.billing.renew import catch_up
from abono.flows.charges.lines import overage_line
from abono.flows.paid.by_credit import use_credit
from abono.kernel.periods import Period, local_date
from abono.platform.idempotency import Ask


def issue_interim(
    *, contract_id: UUID, customer_id: UUID, actor: str, now: datetime, ask: Ask | None = None
) -> UUID:
    """Issue the invoice of the overage so far in the current cycle, or find the one that waits.

    ask   the call with its key, where the door has one: the invoice that it led to before is its result (API-2)

    Only while sending is blocked: what is used below the limit comes on the next invoice. The contract's credit pays
    what it can of it; when it pays all, sending is open again (INV-9).
    Raises NoSuchContract, ContractNotRunning, NotBlocked, NothingToPay.
    """
    if ask is not None and "invoice" in ask.led_to:
        return UUID(ask.led_to["invoice"])
    with locks.contract(contract_id, customer_id=customer_id) as contract:
        invoice_id = _issue(contract, actor=actor, now=now)
        if ask is not None:
            ask.note(invoice=str(invoice_id))
        return invoice_id


def _issue(contract: Contract, *, actor: str, now: datetime) -> UUID:
    catch_up(contract, now=now)
    if contract.cycle is None or contract.cycle_number is None or contract.has_run_out(now):
        raise ContractNotRunning(contract.number)
    before = invoices.with_key_prefix(contract.id, keys.interims(contract.cycle_number))
    waiting = [invoice for invoice in before if invoice.state is InvoiceState.PENDING]
    if waiting:
        return waiting[0].id
    invoice = draft(
        contract,
        reason=Reason.INTERIM,
        key=keys.interim(contract.cycle_number, len(before) + 1),
        lines=[_line(contract, contract.cycle)],
        now=now,
    )
    today = local_date(now, contract.customer.time_zone)
    invoicing.issue(invoice, due_date=today, actor=actor, now=now)
    use_credit(contract, actor=actor, now=now)
    return invoice.id


def _line(contract: Contract, period: Period) -> NewLine:
    cycle = metering.find_cycle(contract_id=contract.id, cycle_start=period.start)
    line = None if cycle is None else overage_line(contract, cycle)
    if cycle is None or line is None:
        raise NothingToPay()
    if cycle.blocked_at is None:
        raise NotBlocked()
    return line
