"""Raise the channel package inside a cycle: preview, charge the difference, have it at once (CHG-5, LIM-4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.types import PackageInfo
from abono.domain.contracts import actions as contracts
from abono.domain.contracts.errors import ContractNotRunning, CurrencyMismatch, NotAHigherPackage
from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import State
from abono.domain.customers import actions as customers
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing import keys
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import LineKind, Reason
from abono.domain.invoicing.types import Buyer, NewLine
from abono.domain.payments import queries as payments
from abono.domain.payments.errors import CardDeclined, PaymentUnderWay
from abono.domain.payments.states import OPEN
from abono.domain.payments.states import State as AttemptState
from abono.flows.billing.renew import catch_up
from abono.flows.collecting.charge import Charged, charge_invoice
from abono.kernel.money import Money
from abono.kernel.periods import Period
from abono.kernel.rating import to_micro
from abono.platform.use_case import use_case


@dataclass(frozen=True, slots=True)
class RaisePreview:
    """Before and after of a raise; `today` is charged now, the new value every month."""

    before: PackageInfo
    after: PackageInfo
    today: Money
    monthly: Money


@use_case
def preview_raise(*, contract_id: UUID, customer_id: UUID, package_code: str, now: datetime) -> RaisePreview:
    """What raising would cost; what is previewed is what happens (CHG-1).

    Raises NoSuchContract, ContractNotRunning, PackageNotOnSale, NotAHigherPackage.
    """
    return _preview(_served(contract_id, customer_id), package_code, now)


def raise_package(
    *, contract_id: UUID, customer_id: UUID, package_code: str, actor: str, now: datetime
) -> Charged:
    """Charge the difference in value to the card in use; once paid the bigger package is in force.

    Declined: the old package stays, untouched (CHG-7). Unclear: it changes when the answer is known.
    Raises as `preview_raise`, and NoCard, CardDeclined, PaymentUnderWay.
    """
    invoice_id = _prepare(
        contract_id=contract_id, customer_id=customer_id, package_code=package_code, now=now
    )
    charged = charge_invoice(
        invoice_id=invoice_id,
        customer_id=customer_id,
        method_id=None,
        off_session=False,
        actor=actor,
        now=now,
    )
    if charged.state is AttemptState.DECLINED:
        raise CardDeclined(charged.hint)
    return charged


@use_case
def _prepare(*, contract_id: UUID, customer_id: UUID, package_code: str, now: datetime) -> UUID:
    organization = customers.lock(customer_id)
    _served(contract_id, customer_id)
    catch_up(contract_id=contract_id, now=now)
    contract = _served(contract_id, customer_id)
    preview = _preview(contract, package_code, now)
    _give_up_others(contract_id, now)
    assert contract.cycle is not None
    assert contract.cycle_number is not None
    period = Period(now, contract.cycle.end)
    return invoicing.draft(
        customer_id=customer_id,
        contract_id=contract_id,
        reason=Reason.PACKAGE_RAISE,
        key=keys.package_raise(contract.cycle_number, preview.after.id),
        currency=contract.currency,
        buyer=Buyer(organization.legal_name, organization.tax_id, organization.country),
        lines=[
            NewLine(
                LineKind.PACKAGE_RAISE,
                preview.after.code,
                period,
                1,
                to_micro(preview.today),
                preview.today,
            )
        ],
        now=now,
    ).id


def _give_up_others(contract_id: UUID, now: datetime) -> None:
    """Discard raises that were declined, or prepared a moment ago by somebody else: each is a difference to
    what was in force then. Raises PaymentUnderWay while one is being paid, of whatever cycle."""
    for other in invoices.with_key_prefix(contract_id, keys.RAISES):
        newest = payments.newest_attempt(other.id)
        if newest is not None and newest.state in OPEN:
            raise PaymentUnderWay()
    invoicing.discard(contract_id=contract_id, prefix=keys.RAISES, now=now)


def _served(contract_id: UUID, customer_id: UUID) -> Contract:
    contract = contracts.lock_own(contract_id, customer_id=customer_id)
    if State(contract.state) is not State.ACTIVE or contract.cycle is None:
        raise ContractNotRunning(contract.number)
    return contract


def _preview(contract: Contract, package_code: str, now: datetime) -> RaisePreview:
    after = catalog.package_on_sale(code=package_code, at=now)
    before = catalog.package(contract.package_id)
    if after.currency != contract.currency:
        raise CurrencyMismatch()
    if after.value_minor <= before.value_minor:
        raise NotAHigherPackage()
    return RaisePreview(
        before=before,
        after=after,
        today=Money(after.value_minor - before.value_minor, contract.currency),
        monthly=Money(after.value_minor, contract.currency),
    )
