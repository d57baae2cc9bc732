"""What is left of a contract's credit when it ends goes back to the cards that paid, or by Pix to who paid so (INV-9)."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from abono.domain.contracts.models import Contract
from abono.domain.credit import actions as credit
from abono.domain.credit import queries as balances
from abono.domain.credit.actions import About
from abono.domain.invoicing import queries as invoices
from abono.domain.payments import refunds
from abono.domain.payments.states import Because
from abono.domain.payments.types import Refundable, RefundInfo
from abono.kernel.moment import Moment
from abono.kernel.money import Money


def pay_back(contract: Contract, *, because: Because, actor: str, moment: Moment) -> list[RefundInfo]:
    """Ask for it payment by payment; what no way leads back for stays credit. The caller holds the contract."""
    found = parts(contract, balances.balance(contract.id))
    return ask_for(contract, found, because=because, actor=actor, moment=moment)


def parts(contract: Contract, credit_minor: int, *, paid_then: Iterable[UUID] = ()) -> list[Refundable]:
    """What of so much credit goes back by itself, and of which payment.

    paid_then   its invoices that will be paid by then, too: some of each may have come
    """
    found = refunds.left([*invoices.paid_of(contract.id), *paid_then])
    return share((one for one in found if one.by_itself), credit_minor)


def share(payments: Iterable[Refundable], minor: int) -> list[Refundable]:
    """So much of them, one after the other."""
    found = []
    for one in payments:
        part = Money(min(minor, one.amount.minor), one.amount.currency)
        minor -= part.minor
        if part:
            found.append(one.of(part))
    return found


def ask_for(
    contract: Contract,
    parts: Iterable[Refundable],
    *,
    because: Because,
    why: str = "",
    refund_id: UUID | None = None,
    actor: str,
    moment: Moment,
) -> list[RefundInfo]:
    """Take each from credit and ask for it. The caller holds the contract.

    refund_id   of the first of them
    """
    asked: list[RefundInfo] = []
    for one in parts:
        about = About(contract.id, contract.customer_id, one.invoice_id)
        credit.refund(about, one.amount, gateway=one.gateway, actor=actor, now=moment.now)
        asked.append(
            refunds.ask(
                one,
                because=because,
                why=why,
                refund_id=None if asked else refund_id,
                actor=actor,
                now=moment.now,
                real=moment.real,
            )
        )
    return asked
