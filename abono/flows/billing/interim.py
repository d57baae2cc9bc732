"""The interim invoice: overage so far, payable at once, so that sending resumes (LIM-4)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.contracts import actions as contracts
from abono.domain.contracts.errors import ContractNotRunning
from abono.domain.contracts.models import Contract
from abono.domain.customers import actions as customers
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing import keys
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import NotBlocked, NothingToPay
from abono.domain.invoicing.states import Reason
from abono.domain.invoicing.states import State as InvoiceState
from abono.domain.invoicing.types import Buyer, NewLine
from abono.domain.metering import queries as metering
from abono.flows.billing.renew import catch_up
from abono.flows.billing.use import overage_line
from abono.kernel.periods import Period, local_date
from abono.platform.use_case import use_case


@use_case
def issue_interim(*, contract_id: UUID, customer_id: UUID, actor: str, now: datetime) -> UUID:
    """Issue the invoice of the overage so far in the current cycle, or find the one that waits.

    Only while sending is blocked: what is used below the limit comes on the next invoice.
    Raises NoSuchContract, ContractNotRunning, NotBlocked, NothingToPay.
    """
    organization = customers.lock(customer_id)
    contract = contracts.lock_own(contract_id, customer_id=customer_id)
    if contract.cycle is not None and contract.cycle.end <= now:
        catch_up(contract_id=contract_id, now=now)
        contract = contracts.lock(contract_id)
    if contract.cycle is None:
        raise ContractNotRunning(contract.number)
    assert contract.cycle_number is not None
    before = invoices.with_key_prefix(contract_id, keys.interims(contract.cycle_number))
    waiting = [invoice for invoice in before if invoice.state is InvoiceState.PENDING]
    if waiting:
        return waiting[0].id
    line = _line(contract, contract.cycle)
    invoice = invoicing.draft(
        customer_id=customer_id,
        contract_id=contract_id,
        reason=Reason.INTERIM,
        key=keys.interim(contract.cycle_number, len(before) + 1),
        currency=contract.currency,
        buyer=Buyer(organization.legal_name, organization.tax_id, organization.country),
        lines=[line],
        now=now,
    )
    today = local_date(now, organization.time_zone)
    invoicing.issue(invoice, due_date=today, actor=actor, now=now)
    return invoice.id


def _line(contract: Contract, period: Period) -> NewLine:
    cycle = metering.find_cycle(contract_id=contract.id, cycle_start=period.start)
    line = None if cycle is None else overage_line(contract, cycle, period)
    if cycle is None or line is None:
        raise NothingToPay()
    if cycle.blocked_at is None:
        raise NotBlocked()
    return line
