"""Customers whose cards are at a running simulator."""

from __future__ import annotations

from datetime import datetime

from abono.domain.payments import registry
from abono.gateways.simulator.company.cards import Behaviour
from abono.kernel.ids import public
from tests.stand_ins import Simulator
from tests.world import Tenant, begin_signup, sign


def customer(simulator: Simulator, *, now: datetime) -> Tenant:
    """Another Padaria, with a card of the simulator that pays."""
    order = begin_signup(now=now)
    session = registry.gateway("simulator").open_card_frame(
        public("sig", order), "es", "http://127.0.0.1", key=str(order)
    )
    simulator.type_card_that(Behaviour.PAID, session.ref)
    signed = sign(card=session.ref, signup_id=order, now=now)
    assert signed.active
    return Tenant(signed.customer_id, signed.contract_id, {})
