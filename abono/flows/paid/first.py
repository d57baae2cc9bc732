"""Start the service of a contract whose first charge is paid (CON-3)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.contracts import actions as contracts
from abono.domain.contracts.models import Contract
from abono.domain.customers import queries as customers
from abono.domain.identity import queries as identity
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing.models import Invoice
from abono.flows.billing.cycles import open_cycle
from abono.flows.tell import tell
from abono.kernel.periods import cycle, local_date


def activate_contract(*, contract_id: UUID, invoice: Invoice, actor: str, now: datetime) -> Contract:
    """Make the contract active with its allowances, inside the caller's transaction.

    The day of adhesion is the customer's local day of `now`; the cycle after the first is opened too,
    so that sending goes on at the boundary whatever the renewal job does.
    """
    contract = contracts.lock(contract_id)
    organization = customers.get(contract.customer_id)
    day = local_date(now, organization.time_zone)
    first = cycle(day, 0, organization.time_zone)
    invoicing.move_period(invoice, first)
    contracts.activate(
        contract, adhesion_date=day, cycle=first, actor=actor, reason="first charge paid", now=now
    )
    for number in (0, 1):
        open_cycle(contract, cycle=cycle(day, number, organization.time_zone))
    new_people = list(identity.administrators(contract.customer_id))
    tell(
        customer_id=contract.customer_id,
        kind="contract_active",
        key=str(contract.id),
        facts={
            "number": contract.number,
            "plan": contract.plan.name,
            "package": contract.package.code,
            "person_id": str(new_people[0].person_id) if new_people else "",
            "person_email": new_people[0].email if new_people else "",
        },
        now=now,
    )
    return contract
