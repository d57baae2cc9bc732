"""Whether the fixed fees of a cycle are billed when it begins or when it is over, as the setting says (INV-1).

A paid year is billed at its start in any case (CAT-10). What is not billed ahead is owed all the same: the invoice after the cycle finds it in the book of fees, with all that changed
in it.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.contracts.models import Contract
from abono.domain.invoicing.types import NewLine
from abono.domain.settings import queries as settings
from abono.domain.settings.known import FEES_BILLED
from abono.domain.settings.types import Whose
from abono.flows.charges.fees import add_ons, after_trial, is_less_of_year, of_year, owed
from abono.kernel.periods import Period


def billed_ahead(plan_code: str, contract_id: UUID | None = None, *, at: datetime) -> bool:
    """Of a cycle that begins at a moment under this plan."""
    return settings.value(FEES_BILLED, whose=Whose(plan_code, contract_id), at=at) == "ahead"


def ahead(contract: Contract, cycle: Period) -> bool:
    return billed_ahead(contract.at(cycle.start).plan.code, contract.id, at=cycle.start)


def billed_at_start(contract: Contract, cycle: Period) -> list[NewLine]:
    """What the invoice at the beginning of a cycle asks for, whatever is used: its fees, where they are billed ahead, what is
    paid once after a trial, and add-ons."""
    fees = [line for line in owed(contract, cycle) if not is_less_of_year(line)]
    now_billed = fees if ahead(contract, cycle) else of_year(fees, cycle)
    return [*now_billed, *after_trial(contract, cycle), *add_ons(contract, cycle)]
