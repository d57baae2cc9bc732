"""Raise the channel package inside a cycle: charge the difference, have it at once (CHG-5, LIM-4)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.errors import ContractNotRunning
from abono.domain.contracts.models import Contract
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing import keys
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import AmountChanged
from abono.domain.invoicing.states import LineKind, Reason
from abono.domain.invoicing.types import NewLine
from abono.domain.payments import queries as payments
from abono.domain.payments.errors import PaymentUnderWay
from abono.domain.payments.states import UNDECIDED
from abono.flows import locks
from abono.flows.billing.invoices import draft
from abono.flows.billing.renew import catch_up
from abono.flows.changes.preview import RaisePreview, raised
from abono.flows.collecting.charge import Charged, charge_invoice
from abono.kernel.moment import Moment
from abono.kernel.money import Money
from abono.kernel.periods import Period
from abono.kernel.rating import to_micro


def raise_package(
    *,
    contract_id: UUID,
    customer_id: UUID,
    package_code: str,
    accepted: Money,
    actor: str,
    moment: Moment,
) -> Charged:
    """Charge the difference in value to the card in use; once paid the bigger package is in force.

    accepted    what the customer saw that is charged today: if it is another amount now, nothing happens (CHG-1)

    Declined: the old package stays, untouched (CHG-7). Unclear: it changes when the answer is known.
    Raises as `preview_raise`, and AmountChanged, NoCard, CardDeclined, NeverReceived, PaymentUnderWay.
    """
    invoice_id = _prepare(
        contract_id=contract_id,
        customer_id=customer_id,
        package_code=package_code,
        accepted=accepted,
        now=moment.now,
    )
    return charge_invoice(
        invoice_id=invoice_id,
        customer_id=customer_id,
        method_id=None,
        off_session=False,
        actor=actor,
        moment=moment,
    ).unless_refused()


def _prepare(
    *, contract_id: UUID, customer_id: UUID, package_code: str, accepted: Money, now: datetime
) -> UUID:
    with locks.contract(contract_id, customer_id=customer_id) as contract:
        catch_up(contract, now=now)
        preview = raised(contracts.info(contract), package_code, now=now)
        if preview.today != accepted:
            raise AmountChanged()
        _give_up_others(contract_id, now)
        return _draft(contract, preview, now=now)


def _give_up_others(contract_id: UUID, now: datetime) -> None:
    """Discard raises that were declined, or prepared a moment ago by somebody else: each is a difference to
    what was in force then. Raises PaymentUnderWay while one is being paid, of whatever cycle."""
    for other in invoices.with_key_prefix(contract_id, keys.RAISES):
        newest = payments.newest_attempt(other.id)
        if newest is not None and newest.state in UNDECIDED:
            raise PaymentUnderWay()
    invoicing.discard(contract_id=contract_id, prefix=keys.RAISES, now=now)


def _draft(contract: Contract, preview: RaisePreview, *, now: datetime) -> UUID:
    if contract.cycle is None or contract.cycle_number is None:
        raise ContractNotRunning(contract.number)
    period, today = Period(now, contract.cycle.end), preview.today
    return draft(
        contract,
        reason=Reason.PACKAGE_RAISE,
        key=keys.package_raise(contract.cycle_number, preview.after.id),
        lines=[NewLine(LineKind.PACKAGE_RAISE, preview.after.code, period, 1, to_micro(today), today)],
        now=now,
    ).id
