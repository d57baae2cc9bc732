"""Money that came to a gateway and that nothing here asked for: kept for the seller to see, never applied silently (PAY-12)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from abono.domain.payments import receipts, unmatched
from abono.domain.payments.ports.port import GatewayUnavailable, Outcome
from abono.domain.payments.ports.push import Received, Standing
from abono.domain.payments.pushed import requests
from abono.domain.payments.registry import arrivals, gateway, push_gateway, pushes
from abono.domain.payments.states import Why
from abono.flows.requests.ask import look
from abono.kernel.money import Money
from abono.platform.use_case import use_case


def ask_for_nobody(name: str, key: str, received: str, *, real: datetime) -> None:
    """Whether a gateway took money under a key that is none of ours, or the money of a name. Raises GatewayUnavailable."""
    if received:
        _ask_by_name(name, received, real=real)
    elif pushes(name):
        stands = push_gateway(name).find(key, "")
        if stands is not None and stands.standing is Standing.UNKNOWN:
            raise GatewayUnavailable
        if stands is not None:
            _keep_all(name, stands.reference or "", stands.received, real=real)
    else:
        _ask_for_charge(name, key, real=real)


def _ask_by_name(name: str, received: str, *, real: datetime) -> None:
    """What its supplier says that it came for counts, not what the news said."""
    arrival = arrivals(name).find_received(received)
    request = None if arrival is None or arrival.key is None else requests.find_by_key(arrival.key)
    if request is not None:
        look(request_id=request.id, real=real)
    elif arrival is not None:
        _keep_all(name, arrival.reference, [arrival.received], real=real)


def _ask_for_charge(name: str, key: str, *, real: datetime) -> None:
    reply = gateway(name).find(key)
    if reply is None:  # of no charge: a refund, perhaps
        return
    if reply.outcome is Outcome.UNKNOWN:
        raise GatewayUnavailable
    if reply.outcome is Outcome.PAID and reply.amount is not None:
        _keep(name, key, reply.reference or "", reply.amount, real=real)


@use_case
def _keep_all(name: str, reference: str, came: Iterable[Received], *, real: datetime) -> None:
    """But for what is booked already, and what went back to who sent it: then nobody has to look at it any more."""
    for one in came:
        left = one.amount if one.back is None else one.amount - one.back
        if not left:
            unmatched.close_returned(gateway=name, key=one.reference, real=real)
        elif not receipts.knows(name, one.reference):
            _keep(name, one.reference, reference, left, real=real)


@use_case
def _keep(name: str, key: str, reference: str, taken: Money, *, real: datetime) -> None:
    unmatched.keep(
        why=Why.NOBODY, gateway=name, key=key, reference=reference, taken=taken, attempt=None, real=real
    )
