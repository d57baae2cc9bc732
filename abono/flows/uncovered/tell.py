"""Tell customers and the seller of sends that nothing covers, once a day (PKG-12)."""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_noop

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.types import ContractInfo
from abono.domain.customers import queries as customers
from abono.domain.settings import queries as settings
from abono.domain.settings.known import UNCOVERED
from abono.domain.settings.types import Whose
from abono.domain.uncovered import actions, queries
from abono.domain.uncovered.actions import Which
from abono.domain.uncovered.errors import NothingToDecide
from abono.flows import locks
from abono.flows.tell import tell, tell_seller
from abono.flows.uncovered.decide import decide_uncovered
from abono.kernel.periods import local_date
from abono.platform import events

BY_THE_SETTING = gettext_noop("Sends beyond what the contract covers are billed.")
log = logging.getLogger(__name__)


def tell_uncovered(*, real: datetime, limit: int = 200) -> int:
    """Make notices of uncovered sends of which nobody was told, of each contract one a day. Returns how many.

    real   real time; a day is one of the customer's own clock and zone
    """
    told = 0
    for contract_id, last_at in queries.unnoticed(limit=limit):
        try:
            told += _tell(contract_id, last_at, real=real)
        except Exception:  # whatever it is, it must not hold up the others
            log.exception("contract %s: its uncovered sends cannot be told", contract_id)
    return told


def _tell(contract_id: UUID, last_at: datetime | None, *, real: datetime) -> bool:
    """An event, a notice and its e-mails: all of it, or another time. False when today was told of already."""
    contract = contracts.get(contract_id)
    customer = customers.get(contract.customer_id)
    now = customer.moment(real).now
    today = local_date(now, customer.time_zone)
    if last_at is not None and local_date(last_at, customer.time_zone) >= today:
        return False
    with locks.contract(contract_id):
        every, billable = actions.notice(contract_id=contract_id, now=now)
        if not every.sends:
            return False  # another worker was faster
        facts = {"number": contract.number, "currency": contract.currency, **asdict(every)}
        events.record(
            name="sends.uncovered",
            subject=("contract", contract_id),
            customer_id=contract.customer_id,
            actor="system",
            now=now,
            data=facts,
        )
        key = f"{contract_id}:{today.isoformat()}"
        tell(customer_id=contract.customer_id, kind="sends_uncovered", key=key, facts=facts, now=now)
        whose = Whose(contract.plan_code, contract.id)
        match settings.value(UNCOVERED, whose=whose, at=now):
            case "always":
                _bill(contract, now=now)
            case "ask" if billable.sends:
                tell_seller(
                    customer_id=contract.customer_id,
                    kind="uncovered_to_decide",
                    key=key,
                    facts={**facts, **asdict(billable), "contract_id": contract_id},
                    now=now,
                )
    return True


def _bill(contract: ContractInfo, *, now: datetime) -> None:
    """What has a price is announced at once."""
    try:
        with transaction.atomic():  # refused is the decision alone
            decide_uncovered(
                contract_id=contract.id, which=Which(), bill=True, why=BY_THE_SETTING, actor="system", now=now
            )
    except NothingToDecide:
        return
