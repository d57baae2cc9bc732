"""A contract that is restricted for what is overdue ends at last, after two notices (END-5)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from abono.domain.contracts.models import Contract
from abono.domain.contracts.states import RUNNING, State
from abono.domain.invoicing import queries as invoices
from abono.domain.payments import queries as payments
from abono.domain.restrictions import actions as restrictions
from abono.domain.restrictions.queries import of_debt
from abono.domain.restrictions.types import RestrictionInfo
from abono.flows import locks
from abono.flows.billing.invoices import facts, make_link
from abono.flows.billing.renew import catch_up
from abono.flows.endings.cancel import put_aside
from abono.flows.endings.finish import finish
from abono.flows.restriction.days import TOLD_BEFORE, day_of_end, look_next
from abono.flows.restriction.debt import relieve
from abono.flows.tell import tell
from abono.kernel.ids import uuid7
from abono.kernel.periods import day_start, local_date

WHY = "debt"
"""The reason of the end."""
_MOMENT = timedelta(microseconds=1)


def look_at_debt(*, contract_id: UUID, now: datetime) -> None:
    """Tell the customer until when to pay, or end the contract, each on its day: the end comes after both notices and never sooner
    than they said. Nothing where no debt restricts it any more; while a payment has no clear answer it waits for that."""
    with locks.contract(contract_id) as contract:
        if State(contract.state) not in RUNNING or contract.has_run_out(now):
            return
        relieve(contract, actor="system", now=now)  # more days may be given than when it was restricted
        debt = of_debt(contract.id)
        if debt is None:
            return
        zone = contract.customer.time_zone
        last, today = (
            day_of_end(debt, plan_code=contract.plan.code, zone=zone, now=now),
            local_date(now, zone),
        )
        if debt.told == len(TOLD_BEFORE):
            if today >= last and not _is_being_paid(contract):
                _end(contract, day_start(today, zone), now=now)
                return
        elif today >= last - TOLD_BEFORE[debt.told]:
            _tell(contract, debt, last, now=now)
        look_next(contract, now=now)


def _is_being_paid(contract: Contract) -> bool:
    return bool(payments.undecided([*invoices.unpaid_of(contract.id), *invoices.drafts_of(contract.id)]))


def _end(contract: Contract, at: datetime, *, now: datetime) -> None:
    catch_up(contract, now=at - _MOMENT)
    assert contract.cycle is not None
    at = max(at, contract.cycle.start)
    put_aside(contract, at, actor="system", now=now)
    finish(contract, at=at, why=WHY, now=now)


def _tell(contract: Contract, debt: RestrictionInfo, last: date, *, now: datetime) -> None:
    """With a link that pays the oldest invoice that is overdue."""
    restrictions.tell_end(contract, debt.id, ends_on=last, told=debt.told + 1, now=now)
    [oldest, *_others] = invoices.open_of(contract.id)
    link_id = uuid7()
    with locks.invoice(oldest.id) as (_contract, invoice):
        said = {"last_date": last - timedelta(days=1), "payment_link_id": link_id}
        tell(
            customer_id=contract.customer_id,
            kind="contract_ends_for_debt",
            key=f"{debt.id}:{debt.told}",
            facts={**facts(contract, invoice), **said},
            now=now,
        )
        make_link(invoice, link_id, now=now)
