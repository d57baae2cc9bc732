"""What one cycle costs: the sum of what its invoices ask for, line by line, as the usage page tells it (INV-3, FIN-5)."""

from __future__ import annotations

from uuid import UUID

from abono.domain.contracts.models import Contract
from abono.domain.invoicing.types import NewLine
from abono.domain.metering.types import Balance
from abono.flows.charges.fees import fixed
from abono.flows.charges.lines import use_of


def costs_of_cycle(*, contract_id: UUID, cycle: Balance) -> list[NewLine]:
    """Fees by the terms that hold in it, and use beyond its allowances so far; lines of nothing for use that was none.

    What is paid once for the contract, as its activation, is no cost of a cycle.
    """
    contract = Contract.objects.select_related("customer").get(id=contract_id)
    return [*fixed(contract, cycle.cycle), *use_of(contract, cycle)]
