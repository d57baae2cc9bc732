"""Where a contract stands at a moment: what it gives, what is used, and the ways out when sending is blocked.

Home, the usage page and the plans page show the same figures; they are put together here, once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext as _

from abono.domain.catalog import queries as catalog
from abono.domain.catalog.labels import package_name
from abono.domain.catalog.types import PlanInfo, PlanPriceInfo
from abono.domain.contracts import queries as contracts
from abono.domain.contracts.states import Arranged, State
from abono.domain.contracts.types import YEAR, ContractInfo
from abono.domain.invoicing.states import Reason
from abono.domain.invoicing.types import InvoiceHead
from abono.domain.metering import queries as metering
from abono.domain.metering.rules import Level, SendingState
from abono.domain.metering.types import Balance
from abono.entrypoints.site.design import bars as usage_bar
from abono.entrypoints.site.design.bars import UsageBar
from abono.entrypoints.site.visit import Visit
from abono.flows.charges.held import at_own
from abono.flows.charges.paid_for import paid_until
from abono.flows.limits.ways_out import WaysOut, ways_out
from abono.flows.limits.who_is_told import Told, who_is_told
from abono.kernel.money import Money
from abono.kernel.rating import to_money
from abono.platform import formats


@dataclass(frozen=True, slots=True)
class Given:
    """What a contract gives and costs, whatever was used of it."""

    contract: ContractInfo
    plan: PlanInfo
    price: PlanPriceInfo | None  # None on request: the price stands in a contract on paper
    package_fee: (
        Money  # what it costs, which is its value unless the contract has a price of its own (CAT-11)
    )
    package_name: str  # "R$ 250", as on the invoice
    language: str

    @property
    def value(self) -> Money:
        return Money(self.contract.package_value_minor, self.contract.currency)

    @property
    def monthly(self) -> Money:
        """Fixed fees of each cycle; without that of a plan that is paid for by the year (CAT-10)."""
        plan = Money(0, self.contract.currency) if self.price is None or self.by_year else self.price.price
        return plan + self.package_fee + self.licences

    @property
    def by_year(self) -> bool:
        return self.contract.interval == YEAR

    @property
    def paid_until(self) -> datetime | None:
        """The end of the paid year."""
        return paid_until(self.contract)

    @property
    def licences(self) -> Money:
        """What the extra ones cost of it (LIC-6)."""
        each = 0 if self.price is None else self.price.extra_licence_minor
        return Money(self.contract.extra_licences * each, self.contract.currency)


@dataclass(frozen=True, slots=True)
class Standing(Given):
    """The same with the cycle that is looked at. `balance` is None before the first charge is paid."""

    balance: Balance | None
    billed: Money  # the part of the cycle's overage that is on an invoice already (LIM-4)
    told: Told  # who gets a notice at which level
    closed: bool  # the cycle is over, or the contract has ended
    out: WaysOut  # what opens sending; looked up where it is said

    @property
    def unbilled(self) -> Money:
        """Overage so far that the next invoice will bring."""
        rest = self._overage - self.billed
        return rest if rest.minor > 0 else Money(0, self.contract.currency)

    @property
    def _overage(self) -> Money:
        """What the use beyond the package costs so far."""
        costs = 0 if self.balance is None else self.balance.overage_price_micro
        return to_money(costs, self.contract.currency)

    @property
    def billed_of_current(self) -> Money | None:
        """`billed` where it was looked up and is of the contract's current cycle; None: whoever needs it asks."""
        balance = self.balance
        if balance is None or not balance.overage_micro or balance.cycle.start != self.contract.cycle_start:
            return None
        return self.billed

    @property
    def blocked(self) -> bool:
        return self.balance is not None and self.balance.sending_state is SendingState.BLOCKED

    @property
    def package_bar(self) -> UsageBar | None:
        if self.balance is None:
            return None
        bar = usage_bar.package(
            used_micro=self.balance.used_micro,
            held_micro=self.balance.held_micro,
            value_micro=self.balance.value_micro,
            ceiling_micro=self.balance.ceiling_micro,
            blocked=self.blocked,
            told=self.told.get(Level.PACKAGE_80, frozenset()),
            currency=self.contract.currency,
            language=self.language,
            overage_percent=self.balance.overage_percent,
            cap_micro=self.balance.cap_micro,
            capped=self.balance.capped,
            closed=self.closed,
            pay=self.out.pay_interim,
            bigger=self.out.raise_package,
        )
        if self.contract.state is State.RESTRICTED and not self.closed:
            return replace(bar, state="restricted", note="")
        known = self.closed or self.blocked or self.balance.capped or not self.billed
        return bar if known else replace(bar, note=self._after_interim())

    def _after_interim(self) -> str:
        """What the bar says once a part of the overage is billed: only the rest is on the next invoice.

        More than all of it is, where the package was raised after its interim invoice was paid.
        """
        assert self.balance is not None
        ahead = self.billed - self._overage
        if ahead.minor > 0:
            said = _(
                "All that is beyond the package is billed already, and {ahead} more are paid in advance."
            )
        elif ahead.minor == 0:
            said = _("All that is beyond the package is billed already.")
        else:
            said = _(
                "{billed} of what is beyond the package is billed already, {rest} will be on the next invoice."
            )
        parts = [said]
        if not self.balance.unlimited:
            parts.append(_("At {limit} sending is blocked."))
        return " ".join(parts).format(
            billed=formats.money(self.billed, self.language),
            rest=formats.money(self.unbilled, self.language),
            ahead=formats.money(ahead, self.language),
            limit=formats.micro(self.balance.ceiling_micro, self.contract.currency, self.language),
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
            closed=self.closed,
        )


def own_contract(visit: Visit) -> ContractInfo | None:
    """The served contract, else the newest one: an ended one has had cycles too (SEE-3)."""
    return visit.contract or next(iter(contracts.list_for_customer(visit.customer_id)), None)


def given(contract: ContractInfo, *, language: str) -> Given:
    plan, price = catalog.priced_plan(
        plan_id=contract.plan_id, currency=contract.currency, interval=contract.interval
    )
    own = contract.own_prices
    fee = Money(contract.package_value_minor, contract.currency)
    if Arranged.PACKAGE in own:
        fee = to_money(own[Arranged.PACKAGE], contract.currency)
    if price is not None:
        price = at_own(price, own)
    return Given(contract, plan, price, fee, package_name(contract.package_code, language), language)


def standing(contract: ContractInfo, *, at: datetime, language: str, told: Told | None = None) -> Standing:
    """The contract in the cycle that covers `at`."""
    balance = metering.find_balance(contract_id=contract.id, at=at)
    return in_cycle(contract, balance, at=at, language=language, told=told)


def in_cycle(
    contract: ContractInfo,
    balance: Balance | None,
    *,
    at: datetime,
    language: str,
    told: Told | None = None,
) -> Standing:
    """The contract in one of its cycles, the current one or an earlier one.

    told   who is told of what as of `at`, where the caller knows it
    """
    gives, out = given(contract, language=language), _out(balance, at)
    return Standing(
        gives.contract,
        gives.plan,
        gives.price,
        gives.package_fee,
        gives.package_name,
        gives.language,
        balance,
        Money(out.billed_minor, contract.currency),
        who_is_told(contract, at=at) if told is None else told,
        closed=balance is not None and (balance.cycle.end <= at or contract.state is State.ENDED),
        out=out,
    )


def _out(balance: Balance | None, at: datetime) -> WaysOut:
    """Looked up where the pages speak of it: there is overage, sending is blocked, or it will be without any."""
    matters = balance is not None and (
        balance.overage_micro > 0
        or balance.blocked_at is not None
        or balance.ceiling_micro == balance.value_micro
    )
    return ways_out(balance, at=at) if balance is not None and matters else WaysOut(True, True)


@dataclass(frozen=True, slots=True)
class Openings:
    """What opens sending again (LIM-4). `owed` is what paying the overage so far costs; None for nothing."""

    interim: InvoiceHead | None  # issued already, waits for its payment
    owed: Money | None
    bigger: bool  # a bigger package is on sale

    @property
    def pays(self) -> bool:
        return self.owed is not None


def openings(standing: Standing, unpaid: Iterable[InvoiceHead]) -> Openings:
    """The interim invoice that waits, else the overage that one would be made of. `unpaid` are the customer's."""
    contract, bigger = standing.contract, standing.out.raise_package
    for invoice in unpaid:
        if invoice.reason is Reason.INTERIM and invoice.contract_id == contract.id:
            return Openings(invoice, Money(invoice.owed_minor, invoice.currency), bigger)
    return Openings(None, standing.unbilled or None, bigger)
