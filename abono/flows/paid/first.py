"""Start the service of a contract whose first charge is paid (CON-3), or that is tried before (INV-10)."""

from __future__ import annotations

from datetime import date, datetime

from abono.domain.contracts import actions as contracts
from abono.domain.contracts.models import Contract
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import LineKind
from abono.domain.settings.types import Whose
from abono.flows.billing.trials import trial_facts
from abono.flows.charges.cycles import cycle_of, open_cycle
from abono.flows.charges.months import first_cycle
from abono.flows.charges.paid_for import first_paid_for
from abono.flows.paid.appoint import appoint
from abono.flows.tell import tell
from abono.kernel.periods import Period, day_start, local_date


def activate_contract(contract: Contract, invoice: Invoice, *, actor: str, now: datetime) -> None:
    """Make the contract active with its allowances.

    The day of adhesion is the customer's local day of `now`.
    """
    zone, whose = contract.customer.time_zone, Whose(contract.plan.code, contract.id)
    first = first_cycle(local_date(now, zone), zone, whose=whose, at=now)
    invoicing.move_period(invoice, first.cycle)
    of_plan = first_paid_for(contract.term.interval, first, zone).plan.period
    for kind in (LineKind.PLAN, LineKind.PLAN_DISCOUNT):
        invoicing.move_period(invoice, of_plan, kind=kind)
    _start(contract, first.cycle, first.counted_from, reason="first charge paid", actor=actor, now=now)


def begin_trial(contract: Contract, *, actor: str, now: datetime) -> None:
    """Make the contract active for a trial that nobody pays for: what it gives, `flows.charges.allowance` says (INV-10)."""
    zone, whose = contract.customer.time_zone, Whose(contract.plan.code)
    day = local_date(now, zone)
    first = first_cycle(day, zone, whose=whose, at=now, tried=True)
    trial = Period(day_start(day, zone), first.cycle.start)
    _start(contract, trial, first.counted_from, trial=True, reason="trial", actor=actor, now=now)


def _start(
    contract: Contract,
    cycle: Period,
    counted_from: date,
    *,
    trial: bool = False,
    reason: str,
    actor: str,
    now: datetime,
) -> None:
    """The cycle after the first is opened too, so that sending goes on at the boundary whatever the renewal job does."""
    contracts.activate(
        contract,
        adhesion_date=local_date(now, contract.customer.time_zone),
        counted_from=counted_from,
        cycle=cycle,
        trial=trial,
        actor=actor,
        reason=reason,
        now=now,
    )
    for number in (0, 1):
        open_cycle(contract, cycle_of(contract, number, opened=()))
    administrator = appoint(contract, now=now)
    tell(
        customer_id=contract.customer_id,
        kind="contract_active",
        key=str(contract.id),
        facts={
            "number": contract.number,
            "plan": contract.plan.name,
            "package": contract.package.code,
            "person_id": "" if administrator.waits else str(administrator.person_id),
            "person_email": administrator.email,
            **trial_facts(contract),
        },
        now=now,
    )
