"""The next invoice as things stand: the lines that renewal would write at this moment (FIN-5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import RUNNING, State
from abono.domain.coupons import queries as coupons
from abono.domain.coupons.types import Redeemed
from abono.domain.credit import queries as balances
from abono.domain.invoicing.taxes import taxed
from abono.domain.invoicing.types import Discounted, NewLine
from abono.domain.metering import queries as metering
from abono.domain.metering.types import Balance
from abono.domain.restrictions.queries import EVER
from abono.flows.charges.ahead import billed_at_start
from abono.flows.charges.cycles import cycle_of
from abono.flows.charges.fees import fitting, fixed, less_of_year, unbilled
from abono.flows.charges.late import late_lines
from abono.flows.charges.lines import left_of, to_repair, used_before
from abono.kernel.money import Money, total
from abono.platform.postgres.asked import Asked, Slot

_CONTRACT = Asked(
    lambda: (
        Contract.objects.select_related("term__plan", "term__package", "customer")
        .annotate(credit_minor=balances.BALANCE, ever_restricted=EVER)
        .filter(id=Slot("id"))
    )
)


@dataclass(frozen=True, slots=True)
class Projection:
    """`fees` pay for the next cycle, less or more what a change left of this one; `use` is what went beyond the allowances and is on no invoice yet;
    `taxes` are on top of both; `late` is fine and interest of slips (PAY-5).

    credit   what the contract's credit will pay of it (INV-9)
    costs    what the current cycle costs so far before taxes, billed or not: see `costs`
    """

    issued_at: datetime  # the end of the current cycle
    currency: str
    fees: tuple[NewLine, ...]
    use: tuple[NewLine, ...]
    taxes: tuple[NewLine, ...]
    late: tuple[NewLine, ...]
    credit: Money
    costs: tuple[NewLine, ...]

    @property
    def lines(self) -> tuple[NewLine, ...]:
        return self.fees + self.use + self.late + self.taxes

    @property
    def use_total(self) -> Money:
        return total([line.amount for line in self.use], self.currency)

    @property
    def total(self) -> Money:
        return total([line.amount for line in self.lines], self.currency)

    @property
    def coupons(self) -> list[tuple[str, Money]]:
        """What each coupon takes off its fees, below zero, by its code."""
        off: dict[str, Money] = {}
        for line in self.fees:
            if isinstance(line.calculation, Discounted):
                code = line.calculation.code
                off[code] = off.get(code, Money(0, self.currency)) + line.amount
        return [(code, amount) for code, amount in off.items() if amount]

    @property
    def charge(self) -> Money:
        """What is left to be paid."""
        return self.total - self.credit


def project_invoice(
    *,
    contract_id: UUID,
    opened: Sequence[Balance] | None = None,
    billed: Money | None = None,
    redeemed: Sequence[Redeemed] | None = None,
    ends: bool = False,
) -> Projection | None:
    """What the coming invoice would be if nothing more were used; nothing is written.

    A contract that ends with its cycle has only use to pay. None for one that has no cycle.

    opened     `metering.queries.cycles` of the contract, where the caller has read them
    billed     overage of the current cycle that is on invoices, where the caller knows it
    redeemed   `coupons.queries.of_contract`, where the caller has read them
    ends       as if it ended with its cycle
    """
    contract = _CONTRACT.sole(id=contract_id)
    if contract is None:
        raise Contract.DoesNotExist
    if redeemed is not None:
        coupons.know(contract, redeemed)
    if State(contract.state) not in RUNNING or contract.cycle is None:
        return None
    assert contract.cycle_number is not None
    number = contract.cycle_number + 1
    ends = ends or contract.is_last_cycle
    if opened is None:
        opened = metering.cycles(contract.id)
    coming = cycle_of(contract, number, opened)
    used = used_before(contract, number, opened)
    use = left_of(contract, used, billed=billed)
    fees = [] if ends else billed_at_start(contract, coming)
    less = [] if ends else less_of_year(contract, coming)
    repairs = [*less, *unbilled(contract, to_repair(contract, number, opened))]
    fit = fitting(contract, [*fees, *use], repairs)
    fees += fit[len(fees) + len(use) :]
    buyer = contract.customer
    on_top = taxed([*fees, *use], buyer.country, buyer.tax_id)[len(fees) + len(use) :]
    late = late_lines(contract)
    whole = total([line.amount for line in [*fees, *use, *late, *on_top]], contract.currency)
    credit = Money(vars(contract)["credit_minor"], contract.currency)
    now_used = [line for cycle, lines in used if cycle == contract.cycle for line in lines]
    costs = (*fixed(contract, contract.cycle), *now_used)
    return Projection(
        contract.cycle.end,
        contract.currency,
        tuple(fees),
        tuple(use),
        tuple(on_top),
        tuple(late),
        min(credit, whole),
        costs,
    )
