"""Things that happen to the cast before a page is looked at."""

from __future__ import annotations

from datetime import datetime

from abono.domain.contracts import actions as contracts
from abono.domain.contracts.states import State
from abono.domain.payments.types import Card
from abono.flows import locks
from abono.flows.limits.tell_thresholds import tell_thresholds
from abono.flows.wallet import save_card
from abono.platform import clock
from tests.world import Tenant, use

FULL = 363  # sends at 0.55 that fit into package and limit of BRL 100 each: 199.65


def block(tenant: Tenant, at: datetime) -> None:
    """Send until a send does not fit; the notices and the interim invoice are made."""
    use(tenant.contract_id, FULL + 1, at=at)
    tell_thresholds()


def pay_with(tenant: Tenant, card: str) -> Card:
    """Let the contract be paid with a card that behaves so (see tests.fakes)."""
    return save_card(customer_id=tenant.customer_id, frame_ref=card, use=True, actor="test", now=clock.now())


def end(tenant: Tenant) -> None:
    _move(tenant, State.ENDED)


def restrict(tenant: Tenant) -> None:
    _move(tenant, State.RESTRICTED)


def _move(tenant: Tenant, state: State) -> None:
    with locks.contract(tenant.contract_id) as contract:
        contracts.move(contract, state, actor="system", reason="test", now=clock.now())
