"""Take the new prices of one contract of an adjustment back before they begin (CAT-13)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.adjustments import actions, queries
from abono.domain.adjustments.errors import AdjustmentWrong, NotWithdrawable
from abono.domain.adjustments.models import AdjustmentLine
from abono.domain.contracts import arrangements
from abono.domain.contracts.models import Arrangement, Contract
from abono.flows import locks
from abono.flows.adjustments.kind import say
from abono.kernel.written import readable
from abono.platform.use_case import use_case


@use_case
def withdraw_line(*, adjustment_id: UUID, contract_id: UUID, why: str, actor: str, now: datetime) -> None:
    """Take back the new prices of one contract before they begin, and tell its customer: what it paid before goes on. A
    second time it changes nothing.

    now   real time

    Raises NoSuchAdjustment, AdjustmentWrong, NotWithdrawable.
    """
    if not readable(why) or len(why.strip()) > 500:
        raise AdjustmentWrong("why")
    queries.line(adjustment_id, contract_id)
    with locks.contract(contract_id) as contract:
        line, shown = queries.line(adjustment_id, contract_id), contract.customer_now(now)
        if line.withdrawn_at is not None:
            return
        made = _still_there(contract, line)
        if not made or line.begins_at <= shown:
            raise NotWithdrawable(contract.number)
        why = why.strip()
        for price, instead_of in made:
            arrangements.end(contract, price, until=price.since, why=why, actor=actor, now=shown)
            if instead_of is not None:
                arrangements.reopen(contract, instead_of, until=price.until, why=why, actor=actor, now=shown)
        actions.take_back(line, why=why, actor=actor, now=shown)
        say(contract, line, queries.get(adjustment_id), why=why, actor=actor, now=shown)


def _still_there(contract: Contract, line: AdjustmentLine) -> list[tuple[Arrangement, Arrangement | None]]:
    """The prices that it made, with those that ended for them; none where somebody ended one since."""
    known = {str(one.id): one for one in contract.arrangements_now}
    if any(one["made"] not in known or known[one["made"]].until == line.begins_at for one in line.made):
        return []
    return [(known[one["made"]], known.get(one["instead_of"])) for one in line.made]
