"""Ask gateways about charges without a clear answer until it is known (PAY-7)."""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from abono.domain.customers import queries as customers
from abono.domain.invoicing import queries as invoices
from abono.domain.payments import queries as payments
from abono.domain.payments.port import LOST_AFTER, NEVER_RECEIVED, ChargeReply, Decline, Hint, Outcome, Retry
from abono.domain.payments.registry import gateway
from abono.domain.payments.states import State
from abono.domain.payments.types import AttemptInfo
from abono.flows.collecting.hear import hear

log = logging.getLogger(__name__)

LOST = ChargeReply(Outcome.DECLINED, decline=Decline(NEVER_RECEIVED, Hint.ISSUER, Retry.LATER))


def chase_unknown(*, real: datetime, customer_id: UUID | None = None) -> int:
    """Ask about every attempt whose time has come. Returns how many were asked about.

    real    real time: a gateway knows no other clock
    """
    waiting = payments.to_ask(now=real, customer_id=customer_id)
    for attempt in waiting:
        try:
            ask(attempt, real=real)
        except Exception:  # whatever it is, it must not hold up the others
            log.exception("attempt %s cannot be asked about", attempt.id)
    return len(waiting)


def ask(attempt: AttemptInfo, *, real: datetime) -> None:
    """Ask the gateway what became of one attempt, and apply the answer.

    A charge that the gateway never saw counts as declined, once it cannot be on its way any more.
    """
    reply = gateway(attempt.gateway).find(str(attempt.id))
    if reply is None:
        lost = real - attempt.created_at >= LOST_AFTER
        reply = LOST if lost else ChargeReply(Outcome.UNKNOWN)
    invoice = invoices.get(attempt.invoice_id)
    hear(attempt_id=attempt.id, reply=reply, actor="system", now=customers.now_of(invoice.customer_id))


def on_gateway_event(*, key: str, real: datetime) -> None:
    """News about one of our keys: ask what is true. Unknown keys and attempts that are paid need nothing."""
    try:
        attempt = payments.get_attempt(UUID(key))
    except ValueError:
        return
    if attempt is not None and attempt.state not in (State.PAID, State.SURPLUS):
        ask(attempt, real=real)  # also what was declined: we may have given up too early
