"""Start the service of a contract whose first charge is paid (CON-3)."""

from __future__ import annotations

from datetime import datetime

from abono.domain.contracts import actions as contracts
from abono.domain.contracts.models import Contract
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import LineKind
from abono.domain.settings.types import Whose
from abono.flows.billing.cycles import cycle_of, open_cycle
from abono.flows.billing.months import first_cycle
from abono.flows.billing.paid_for import first_paid_for
from abono.flows.paid.appoint import appoint
from abono.flows.tell import tell
from abono.kernel.periods import local_date


def activate_contract(contract: Contract, invoice: Invoice, *, actor: str, now: datetime) -> None:
    """Make the contract active with its allowances.

    The day of adhesion is the customer's local day of `now`; the cycle after the first is opened too,
    so that sending goes on at the boundary whatever the renewal job does.
    """
    day = local_date(now, contract.customer.time_zone)
    whose = Whose(contract.plan.code, contract.id)
    first = first_cycle(day, contract.customer.time_zone, whose=whose, at=now)
    invoicing.move_period(invoice, first.cycle)
    of_plan = first_paid_for(contract.term.interval, first, contract.customer.time_zone).plan.period
    for kind in (LineKind.PLAN, LineKind.PLAN_DISCOUNT):
        invoicing.move_period(invoice, of_plan, kind=kind)
    contracts.activate(
        contract,
        adhesion_date=day,
        counted_from=first.counted_from,
        cycle=first.cycle,
        actor=actor,
        reason="first charge paid",
        now=now,
    )
    for number in (0, 1):
        open_cycle(contract, cycle_of(contract, number))
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
        },
        now=now,
    )
