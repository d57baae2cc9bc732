"""Where a contract stands at a moment: what it gives, what is used, and the ways out when sending is blocked.

Home, the usage page and the plans page show the same figures; they are put together here, once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.errors import NoPriceInCurrency
from abono.domain.catalog.labels import package_name
from abono.domain.catalog.types import PlanInfo, PlanPriceInfo
from abono.domain.contracts.types import ContractInfo
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.states import LineKind, Reason
from abono.domain.invoicing.types import InvoiceDetail
from abono.domain.metering import queries as metering
from abono.domain.metering.types import Balance, SendingState
from abono.entrypoints.portal import usage_bar
from abono.entrypoints.portal.usage_bar import UsageBar
from abono.kernel.money import Money
from abono.kernel.rating import to_money
from abono.platform import formats


@dataclass(frozen=True, slots=True)
class Standing:
    """A contract with the cycle that is looked at. `balance` is None before the first charge is paid."""

    contract: ContractInfo
    plan: PlanInfo
    price: PlanPriceInfo | None
    balance: Balance | None
    package_name: str  # "R$ 250", as on the invoice
    language: str

    @property
    def value(self) -> Money:
        return Money(self.contract.package_value_minor, self.contract.currency)

    @property
    def monthly(self) -> Money:
        """Fixed fees of each cycle."""
        plan = Money(0, self.contract.currency) if self.price is None else self.price.price
        return plan + self.value

    @property
    def blocked(self) -> bool:
        return self.balance is not None and self.balance.sending_state is SendingState.BLOCKED

    @property
    def package_bar(self) -> UsageBar | None:
        if self.balance is None:
            return None
        return usage_bar.package(
            used_micro=self.balance.used_micro,
            held_micro=self.balance.held_micro,
            value_micro=self.balance.value_micro,
            ceiling_micro=self.balance.ceiling_micro,
            blocked=self.blocked,
            currency=self.contract.currency,
            language=self.language,
        )

    @property
    def interactions_bar(self) -> UsageBar | None:
        if self.balance is None:
            return None
        extra = 0 if self.price is None else self.price.extra_interaction_micro
        return usage_bar.interactions(
            used=self.balance.interactions,
            included=self.balance.included_interactions,
            extra_price=formats.micro(extra, self.contract.currency, self.language),
            language=self.language,
        )


def standing(contract: ContractInfo, *, at: datetime, language: str) -> Standing:
    """The contract in the cycle that covers `at`."""
    balance = metering.find_balance(contract_id=contract.id, at=at)
    return in_cycle(contract, balance, language=language)


def in_cycle(contract: ContractInfo, balance: Balance | None, *, language: str) -> Standing:
    """The contract in one of its cycles, the current one or an earlier one."""
    try:
        price = catalog.plan_price(
            plan_id=contract.plan_id, currency=contract.currency, interval=contract.interval
        )
    except NoPriceInCurrency:
        price = None  # on request: the price stands in a contract on paper
    return Standing(
        contract=contract,
        plan=catalog.plan(contract.plan_id),
        price=price,
        balance=balance,
        package_name=package_name(contract.package_code, language),
        language=language,
    )


@dataclass(frozen=True, slots=True)
class WaysOut:
    """What opens sending again (LIM-4). `owed` is what paying the overage so far costs; None for nothing."""

    interim: InvoiceDetail | None  # issued already, waits for its payment
    owed: Money | None


def ways_out(standing: Standing) -> WaysOut:
    """The interim invoice that waits, else the overage that one would be made of."""
    contract, balance = standing.contract, standing.balance
    for invoice in invoices.pending(customer_id=contract.customer_id):
        if invoice.reason is Reason.INTERIM and invoice.contract_id == contract.id:
            return WaysOut(invoice, Money(invoice.total_minor, invoice.currency))
    if balance is None:
        return WaysOut(None, None)
    billed = billed_overage(contract.id, balance, contract.currency)
    owed = to_money(balance.overage_micro, contract.currency) - billed
    return WaysOut(None, owed if owed.minor > 0 else None)


def billed_overage(contract_id: UUID, balance: Balance, currency: str) -> Money:
    """The part of a cycle's overage that is on an invoice already."""
    return invoices.billed(
        contract_id, kind=LineKind.OVERAGE, cycle_start=balance.cycle.start, currency=currency
    )
