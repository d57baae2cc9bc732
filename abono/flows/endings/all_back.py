"""All that was paid of a contract that is regretted goes back, and nothing of it is owed any more (CON-10)."""

from __future__ import annotations

from uuid import UUID

from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import State
from abono.domain.credit import queries as balances
from abono.domain.invoicing import credit_notes, standing
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.labels import REGRETTED
from abono.domain.invoicing.rules import split
from abono.domain.invoicing.states import State as Invoiced
from abono.domain.invoicing.types import InvoiceDetail
from abono.domain.notices import queries as notices
from abono.domain.payments.states import Because
from abono.domain.payments.types import RefundInfo
from abono.flows import locks
from abono.flows.corrections.credit_note import issue_credit_note
from abono.flows.refunds.pay_back import pay_back
from abono.kernel.moment import Moment

TOLD = "contract_regretted"


def take_all_back(contract: Contract, *, actor: str, moment: Moment) -> list[RefundInfo]:
    """Also of what was written off: some of it may have come. What is disputed waits for the end of that. The caller holds
    the contract. Returns what goes back by itself."""
    for invoice_id in invoices.written_off_of(contract.id):
        with locks.invoice(invoice_id) as (_contract, invoice):
            standing.reopen(invoice, why=REGRETTED, actor=actor, now=moment.now)
    for one in _standing(contract):
        _take_back(one, actor=actor, moment=moment)
    return pay_back(contract, because=Because.REGRET, actor=actor, moment=moment)


def credit_then(contract: Contract) -> int:
    """How much credit there would be, in minor units, before any of it goes back. Nothing is written."""
    drafts = [invoices.get(one) for one in invoices.drafts_of(contract.id)]
    credit_minor = balances.balance(contract.id) + sum(one.credit_used_minor for one in drafts)
    written_off = [invoices.get(one) for one in invoices.written_off_of(contract.id)]
    for invoice in (*written_off, *_standing(contract)):
        owed = 0 if invoice.state is Invoiced.PAID else invoice.rest_minor
        credit_minor += split(credit_notes.left(invoice), owed)[1]
    return credit_minor


def paid_then(contract: Contract) -> list[UUID]:
    """Its invoices of which nothing would be owed any more: those that wait for a payment, and that were written off."""
    return [*invoices.unpaid_of(contract.id), *invoices.written_off_of(contract.id)]


def _standing(contract: Contract) -> list[InvoiceDetail]:
    """Its invoices that wait for a payment, then those that are paid."""
    return [invoices.get(one) for one in (*invoices.unpaid_of(contract.id), *invoices.paid_of(contract.id))]


def was_regretted(contract: Contract) -> bool:
    if State(contract.state) is not State.ENDED:
        return False
    return notices.was_told(customer_id=contract.customer_id, kind=TOLD, key=str(contract.id))


def _take_back(invoice: InvoiceDetail, *, actor: str, moment: Moment) -> None:
    """All that credit notes have not taken back of it yet."""
    lines = credit_notes.all_left(invoice)
    if lines:
        issue_credit_note(
            invoice_id=invoice.id,
            lines=lines,
            why=REGRETTED,
            actor=actor,
            now=moment.now,
            approved=True,
            quiet=True,
        )
