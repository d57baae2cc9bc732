"""A customer limits itself: a cap on each cycle, and a budget per channel (LIM-5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from abono.domain.catalog import queries as catalog
from abono.domain.contracts.errors import ContractNotRunning
from abono.domain.contracts.states import State
from abono.domain.metering import own_limits
from abono.domain.metering.errors import OwnLimitOutOfBounds, UnknownChannel
from abono.domain.metering.own_limits import OwnLimits
from abono.flows import locks
from abono.kernel.money import EXPONENT, MICRO
from abono.platform import events


def set_own_limits(
    *,
    contract_id: UUID,
    customer_id: UUID | None,
    cap_micro: int | None,
    budgets: Mapping[str, int],
    actor: str,
    now: datetime,
) -> OwnLimits:
    """Put these limits in the place of those before, for the open cycle and every one after it.

    customer_id   whose contract it has to be (ACC-2); None for the seller
    cap_micro     of each cycle, in millionths of the contract's currency; None for no cap. An amount is 0, or at
                  least one minor unit
    budgets       by the code of the channel; a channel that is left out has none
    now           on the customer's clock

    The same limits again change nothing and are not recorded. Raises NoSuchContract, ContractNotRunning for one
    that has ended, UnknownChannel, OwnLimitOutOfBounds.
    """
    with locks.contract(contract_id, customer_id=customer_id) as contract:
        if State(contract.state) is State.ENDED:
            raise ContractNotRunning(contract.number)
        unknown = sorted(set(budgets) - catalog.channel_uses().keys())
        if unknown:
            raise UnknownChannel(unknown[0][:40])
        least_micro = MICRO // 10 ** EXPONENT[contract.currency]
        if any(0 < amount < least_micro for amount in (cap_micro or 0, *budgets.values())):
            raise OwnLimitOutOfBounds()
        before = own_limits.own_limits(contract_id)
        if (before.cap_micro, before.budgets) == (cap_micro, budgets):
            return before
        own_limits.set_own_limits(
            contract_id=contract_id, cap_micro=cap_micro, budgets=budgets, actor=actor, now=now
        )
        events.record(
            name="own_limits.set",
            subject=("contract", contract_id),
            customer_id=contract.customer_id,
            actor=actor,
            now=now,
            data={
                "number": contract.number,
                "currency": contract.currency,
            },
            before={"cap_micro": before.cap_micro, "budgets": dict(before.budgets)},
            after={"cap_micro": cap_micro, "budgets": dict(budgets)},
        )
        return own_limits.own_limits(contract_id)
