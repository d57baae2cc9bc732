"""What the invoice asks for that is issued when a cycle begins (INV-1)."""

from __future__ import annotations

from collections.abc import Sequence

from abono.domain.contracts.models import Contract
from abono.domain.invoicing.types import Billed, NewLine
from abono.domain.metering.types import Balance
from abono.flows.charges.ahead import billed_at_start
from abono.flows.charges.cycles import cycle_of
from abono.flows.charges.fees import fitting, less_of_year, unbilled
from abono.flows.charges.lines import to_repair, use_lines

type Fees = tuple[Sequence[NewLine], Sequence[NewLine]]
"""Those of a cycle that begins, and what is put right of fees before it."""


def renewal_lines(
    contract: Contract,
    number: int,
    opened: Sequence[Balance],
    *,
    billed: Billed | None = None,
    fees: Fees | None = None,
) -> list[NewLine]:
    """The fees of cycle `number`, the use of those before it that is on no invoice yet, and what of their fees is to be put
    right, as far as the invoice can bear it.

    opened   `metering.queries.cycles` of the contract
    billed   what its invoices ask for of the cycles that are looked at, where the caller has read it
    fees     `renewal_fees`, where the caller knows them
    """
    begin, repairs = fees or renewal_fees(contract, number, opened, billed=billed)
    use = use_lines(contract, number, opened=opened, billed=billed)
    return fitting(contract, [*begin, *use], repairs)


def renewal_fees(
    contract: Contract, number: int, opened: Sequence[Balance], *, billed: Billed | None = None
) -> Fees:
    """Whatever was used."""
    begins = cycle_of(contract, number, opened)
    repairs = unbilled(contract, to_repair(contract, number, opened), billed=billed)
    return billed_at_start(contract, begins), [*less_of_year(contract, begins), *repairs]
