"""Invoices of a contract: what each of them says beside its lines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from abono.domain.contracts.models import Contract
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import Reason
from abono.domain.invoicing.types import Buyer, NewLine


def draft(
    contract: Contract, *, reason: Reason, key: str, lines: Sequence[NewLine], now: datetime
) -> Invoice:
    """Write the draft of an invoice to the contract's customer, as that is at this moment."""
    customer = contract.customer
    return invoicing.draft(
        customer_id=contract.customer_id,
        contract_id=contract.id,
        reason=reason,
        key=key,
        currency=contract.currency,
        buyer=Buyer(customer.legal_name, customer.tax_id, customer.country),
        lines=lines,
        now=now,
    )


def facts(contract: Contract, invoice: Invoice) -> dict[str, object]:
    """What a notice about an invoice says of it."""
    return {
        "invoice": invoice.title,
        "number": contract.number,
        "total_minor": invoice.total_minor,
        "currency": invoice.currency,
    }
