"""Tell customers that their package warns or is blocked, once for each crossing (LIM-3)."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.types import ContractInfo
from abono.domain.invoicing.errors import NotBlocked, NothingToPay
from abono.domain.metering import actions as metering
from abono.domain.metering import queries as balances
from abono.domain.metering.rules import Level
from abono.domain.metering.types import Threshold
from abono.flows.limits.interim import issue_interim
from abono.flows.limits.ways_out import ways_out
from abono.flows.limits.who_is_told import levels_told
from abono.flows.tell import tell
from abono.platform import events
from abono.platform.use_case import use_case

log = logging.getLogger(__name__)

KINDS = {
    Level.PACKAGE_80: "package_80",
    Level.PACKAGE_100: "package_100",
    Level.LIMIT_90: "limit_90",
    Level.BLOCKED: "sending_blocked",
    Level.OWN_CAP: "own_cap",
}
_ALWAYS = (Level.BLOCKED, Level.OWN_CAP)  # whatever is set: they stop sends


def tell_thresholds(*, limit: int = 200) -> int:
    """Make notices of crossings not told yet. Returns how many were told."""
    told = 0
    for crossing in balances.unnoticed_thresholds(limit=limit):
        try:
            told += _tell(crossing)
        except Exception:  # whatever it is, it must not hold up the others
            log.exception("contract %s: %s cannot be told", crossing.contract_id, crossing.level)
    return told


@use_case
def _tell(crossing: Threshold) -> bool:
    """An event, a notice and its e-mails, and the interim invoice at a block: all of it, or another time.

    Returns False when another worker was faster.
    """
    if not metering.notice_threshold(crossing):
        return False
    contract = contracts.get(crossing.contract_id)
    cycle = balances.find_cycle(contract_id=contract.id, cycle_start=crossing.cycle_start)
    assert cycle is not None
    out = ways_out(cycle, at=crossing.crossed_at)
    facts = {
        "number": contract.number,
        "contract_id": str(contract.id),
        "currency": contract.currency,
        "value_micro": cycle.value_micro,
        "ceiling_micro": cycle.ceiling_micro,
        "used_micro": crossing.total_micro,
        "bigger": out.raise_package,
        "payable": out.pay_interim,
    }
    if crossing.level is Level.OWN_CAP:
        facts["cap_micro"] = cycle.cap_micro or 0
    events.record(
        name=f"sending.{crossing.level.value}",
        subject=("contract", contract.id),
        customer_id=contract.customer_id,
        actor="system",
        now=crossing.crossed_at,
        data=facts,
    )
    if crossing.level in _ALWAYS or crossing.level in levels_told(contract, at=crossing.crossed_at):
        tell(
            customer_id=contract.customer_id,
            kind=KINDS[crossing.level],
            key=f"{crossing.cycle_start.isoformat()}:{crossing.raised}",
            facts=facts,
            now=crossing.crossed_at,
        )
    if crossing.level is Level.BLOCKED:
        _offer_interim(contract, now=crossing.crossed_at)
    return True


def _offer_interim(contract: ContractInfo, *, now: datetime) -> None:
    """Issue the interim invoice at the block, where there is overage to bill (LIM-4)."""
    try:
        with transaction.atomic():  # refused is the interim alone
            issue_interim(
                contract_id=contract.id,
                customer_id=contract.customer_id,
                actor="system",
                now=now,
            )
    except (NotBlocked, NothingToPay):
        return  # it is open again, or all of it is still held: then the page offers it once sends are confirmed
