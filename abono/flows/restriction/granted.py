"""What a contract gives once it is restricted or released: its package waits for the release (END-5)."""

from __future__ import annotations

from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import State
from abono.domain.metering import queries as cycles
from abono.domain.restrictions import queries as restrictions
from abono.domain.restrictions.rules import restricted_until
from abono.flows.charges.cycles import open_next, raise_cycle
from abono.kernel.money import Money
from abono.kernel.rating import to_money


def hold_back(contract: Contract) -> None:
    """The next cycle, which is open already, begins without a package, unless it is released before. That of now keeps what it
    has. The caller holds the contract."""
    open_next(contract)


def grant(contract: Contract) -> Money:
    """A contract that runs again has what it waited for, from today on. What it costs stands in the book of fees, and so on the
    next invoice. The caller holds the contract. Returns what its package is worth in a cycle that began without it; nothing
    for any other."""
    nothing = Money(0, contract.currency)
    if State(contract.state) is State.RESTRICTED or contract.cycle is None:
        return nothing
    opened = cycles.cycles(contract.id)
    open_next(contract, opened)
    if restricted_until(restrictions.spells(contract), contract.cycle.start) is None:
        return nothing
    had = cycles.covering(opened, contract.cycle.start)
    if had.value_micro or not raise_cycle(contract, contract.term, had):
        return nothing
    has = cycles.balance(contract_id=contract.id, at=contract.cycle.start)
    return to_money(has.value_micro, contract.currency)
