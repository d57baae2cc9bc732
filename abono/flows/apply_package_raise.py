"""Put the bigger package in place once its difference is paid (CHG-5, LIM-4)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.catalog import queries as catalog
from abono.domain.contracts import actions as contracts
from abono.domain.customers import queries as customers
from abono.domain.metering import actions as metering
from abono.flows.open_cycle import open_cycle
from abono.flows.tell import tell
from abono.kernel.money import Money
from abono.kernel.periods import cycle
from abono.kernel.rating import ceiling, to_micro


def apply_package_raise(*, contract_id: UUID, key: str, actor: str, now: datetime) -> None:
    """Give the current cycle and the next one the new value, inside the caller's transaction.

    Use so far stays; new sends have the new prices; blocked sending resumes at this moment.

    key     of the paid invoice: `raise:<cycle>:<package id>`
    """
    package = catalog.package(UUID(key.split(":")[2]))
    contract = contracts.lock(contract_id)
    before = contract.package.code
    contracts.replace_package(contract, package_id=package.id, actor=actor, now=now)
    contract = contracts.lock(contract_id)
    value_micro = to_micro(Money(package.value_minor, contract.currency))
    metering.raise_cycle(
        contract_id=contract_id,
        at=now,
        package_id=package.id,
        value_micro=value_micro,
        ceiling_micro=ceiling(value_micro, contract.limit_percent),
    )
    assert contract.adhesion_date is not None
    assert contract.cycle_number is not None
    zone = customers.get(contract.customer_id).time_zone
    open_cycle(contract, cycle=cycle(contract.adhesion_date, contract.cycle_number + 1, zone))
    tell(
        customer_id=contract.customer_id,
        kind="package_raised",
        key=key,
        facts={"number": contract.number, "before": before, "after": package.code},
        now=now,
    )
