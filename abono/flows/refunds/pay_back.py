"""What is left of a contract's credit when it ends goes back to the cards that paid (INV-9)."""

from __future__ import annotations

from uuid import UUID

from abono.domain.contracts.models import Contract
from abono.domain.credit import actions as credit
from abono.domain.credit import queries as balances
from abono.domain.credit.actions import About
from abono.domain.invoicing import queries as invoices
from abono.domain.payments import refunds
from abono.domain.payments.types import RefundInfo
from abono.kernel.moment import Moment
from abono.kernel.money import Money


def pay_back(contract: Contract, *, actor: str, moment: Moment) -> list[RefundInfo]:
    """Ask for it charge by charge, the newest first; what no charge can take back stays credit. The caller holds the
    contract."""
    asked = []
    for attempt_id, invoice_id, gateway, part in parts(contract, balances.balance(contract.id)):
        about = About(contract.id, contract.customer_id, invoice_id)
        credit.refund(about, part, gateway=gateway, actor=actor, now=moment.now)
        asked.append(_ask(attempt_id, part, actor, moment))
    return asked


def parts(contract: Contract, credit_minor: int) -> list[tuple[UUID, UUID, str, Money]]:
    """What of so much credit goes back to which charge: attempt, invoice, gateway and amount."""
    found = []
    for attempt_id, invoice_id, gateway, room in refunds.left(invoices.paid_of(contract.id)):
        part = Money(min(credit_minor, room.minor), room.currency)
        credit_minor -= part.minor
        if part:
            found.append((attempt_id, invoice_id, gateway, part))
    return found


def _ask(attempt_id: UUID, part: Money, actor: str, moment: Moment) -> RefundInfo:
    return refunds.ask(attempt_id=attempt_id, amount=part, actor=actor, now=moment.now, real=moment.real)
