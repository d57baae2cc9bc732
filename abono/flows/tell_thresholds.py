"""Tell customers that their package warns or is blocked, once for each crossing (LIM-3)."""

from __future__ import annotations

from uuid import UUID

from abono.domain.contracts import queries as contracts
from abono.domain.customers import queries as customers
from abono.domain.invoicing.errors import NothingToPay
from abono.domain.metering import actions as metering
from abono.domain.metering import queries as balances
from abono.domain.metering.types import Level, Threshold
from abono.flows.issue_interim import issue_interim
from abono.flows.tell import tell
from abono.platform import events
from abono.platform.use_case import use_case

KINDS = {
    Level.PACKAGE_80: "package_80",
    Level.PACKAGE_100: "package_100",
    Level.LIMIT_90: "limit_90",
    Level.BLOCKED: "sending_blocked",
}


def tell_thresholds(*, limit: int = 200) -> int:
    """Make notices of crossings not told yet. Returns how many there were."""
    crossings = balances.unnoticed_thresholds(limit=limit)
    for crossing in crossings:
        if _tell(crossing) and crossing.level is Level.BLOCKED:
            _offer_interim(crossing.contract_id)
    return len(crossings)


@use_case
def _tell(crossing: Threshold) -> bool:
    """An event, a notice and its e-mails; False when another worker was faster."""
    if not metering.notice_threshold(crossing):
        return False
    contract = contracts.get(crossing.contract_id)
    cycle = balances.find_cycle(contract_id=contract.id, cycle_start=crossing.cycle_start)
    assert cycle is not None
    facts = {
        "number": contract.number,
        "currency": contract.currency,
        "value_micro": cycle.value_micro,
        "ceiling_micro": cycle.ceiling_micro,
        "used_micro": crossing.total_micro,
    }
    events.record(
        name=f"sending.{crossing.level.value}",
        subject=("contract", contract.id),
        customer_id=contract.customer_id,
        actor="system",
        now=crossing.crossed_at,
        data=facts,
    )
    tell(
        customer_id=contract.customer_id,
        kind=KINDS[crossing.level],
        key=f"{crossing.cycle_start.isoformat()}:{crossing.raised}",
        facts=facts,
        now=crossing.crossed_at,
    )
    return True


def _offer_interim(contract_id: UUID) -> None:
    """Issue the interim invoice at the block, where there is overage to bill (LIM-4)."""
    contract = contracts.get(contract_id)
    try:
        issue_interim(
            contract_id=contract_id,
            customer_id=contract.customer_id,
            actor="system",
            now=customers.now_of(contract.customer_id),
        )
    except NothingToPay:
        return  # all of it is still held: the page offers the invoice once sends are confirmed
