"""Ask gateways about charges without a clear answer until it is known (PAY-7)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.customers import queries as customers
from abono.domain.invoicing import queries as invoices
from abono.domain.payments import queries as payments
from abono.domain.payments.port import LOST_AFTER, NEVER_RECEIVED, ChargeReply, Decline, Hint, Outcome, Retry
from abono.domain.payments.registry import gateway
from abono.domain.payments.states import OPEN, State
from abono.domain.payments.types import AttemptInfo
from abono.flows.collecting.hear import hear

LOST = ChargeReply(Outcome.DECLINED, decline=Decline(NEVER_RECEIVED, Hint.ISSUER, Retry.LATER))


def chase(*, attempt_id: UUID, real: datetime) -> None:
    """Ask about an attempt that has no clear answer yet; the answer, or the lack of one, says whether again.

    real    real time: a gateway knows no other clock
    """
    attempt = payments.get_attempt(attempt_id)
    if attempt is not None and attempt.state in OPEN:
        _ask(attempt, real=real)


def hear_news(*, event_id: UUID, real: datetime) -> None:
    """A gateway told us something: ask what is true. Keys that are not ours need nothing, nor do paid attempts."""
    try:
        attempt = payments.get_attempt(UUID(payments.key_of_news(event_id)))
    except ValueError:
        return
    if attempt is not None and attempt.state not in (State.PAID, State.SURPLUS):
        _ask(attempt, real=real)  # also what was declined: we may have given up too early


def _ask(attempt: AttemptInfo, *, real: datetime) -> None:
    """Ask the gateway what became of one attempt, and apply the answer.

    A charge that the gateway never saw counts as declined, once it cannot be on its way any more.
    """
    reply = gateway(attempt.gateway).find(str(attempt.id))
    if reply is None:
        lost = real - attempt.created_at >= LOST_AFTER
        reply = LOST if lost else ChargeReply(Outcome.UNKNOWN)
    customer_id, _contract_id = invoices.whose(attempt.invoice_id)
    moment = customers.moment_of(customer_id, real=real)
    hear(attempt_id=attempt.id, reply=reply, actor="system", moment=moment)
