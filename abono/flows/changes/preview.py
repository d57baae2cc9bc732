"""What a bigger package would cost, before and after side by side (CHG-1, CHG-5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.types import PackageInfo
from abono.domain.contracts import queries as contracts
from abono.domain.contracts.errors import ContractNotRunning, CurrencyMismatch, NotAHigherPackage
from abono.domain.contracts.states import State
from abono.domain.contracts.types import ContractInfo
from abono.domain.credit import queries as credit
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import InvoiceOverdue
from abono.kernel.money import Money


@dataclass(frozen=True, slots=True)
class RaisePreview:
    """Before and after of a raise. `today` is charged now: the difference, less what the contract's credit pays of it
    (INV-9); the new value is charged every month."""

    before: PackageInfo
    after: PackageInfo
    today: Money
    monthly: Money
    credit: Money

    @property
    def difference(self) -> Money:
        return self.today + self.credit


def preview_raise(*, contract_id: UUID, customer_id: UUID, package_code: str, now: datetime) -> RaisePreview:
    """What raising would cost; `raise_package` is given `today` as accepted (CHG-1).

    Raises NoSuchContract, ContractNotRunning, PackageNotOnSale, CurrencyMismatch, NotAHigherPackage, InvoiceOverdue.
    """
    return raised(contracts.get(contract_id, customer_id=customer_id), package_code, now=now)


def raised(contract: ContractInfo, package_code: str, *, now: datetime) -> RaisePreview:
    """The same for a contract that was read before. Every refusal comes before any arithmetic (CHG-8)."""
    if contract.state is not State.ACTIVE:
        raise ContractNotRunning(contract.number)
    after = catalog.package_on_sale(code=package_code, at=now)
    before = catalog.package(contract.package_id)
    if after.currency != contract.currency:
        raise CurrencyMismatch()
    if after.value_minor <= before.value_minor:
        raise NotAHigherPackage()
    late = invoices.overdue(contract.id, now=now)
    if late is not None:
        raise InvoiceOverdue(late.title, late.public_id)
    difference_minor = after.value_minor - before.value_minor
    credit_minor = min(credit.balance(contract.id), difference_minor)
    return RaisePreview(
        before=before,
        after=after,
        today=Money(difference_minor - credit_minor, contract.currency),
        monthly=Money(after.value_minor, contract.currency),
        credit=Money(credit_minor, contract.currency),
    )
