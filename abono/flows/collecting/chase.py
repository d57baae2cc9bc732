"""Ask gateways about charges without a clear answer until it is known (PAY-7)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.customers import queries as customers
from abono.domain.invoicing import queries as invoices
from abono.domain.payments import queries as payments
from abono.domain.payments.ports.port import LOST_AFTER, ChargeReply, Outcome
from abono.domain.payments.pushed import agreed, requests
from abono.domain.payments.registry import gateway
from abono.domain.payments.states import OPEN
from abono.domain.payments.types import AttemptInfo
from abono.flows.collecting.hear import apply
from abono.flows.collecting.nobodys import ask_for_nobody
from abono.flows.collecting.renewed import look_at_card
from abono.flows.mandates.ask import look_at_mandate
from abono.flows.requests.ask import look

LOST = ChargeReply(Outcome.NEVER_RECEIVED)


def chase(*, attempt_id: UUID, real: datetime) -> None:
    """Ask about an attempt that has no clear answer yet; the answer, or the lack of one, says whether again.

    real    real time: a gateway knows no other clock
    """
    attempt = payments.get_attempt(attempt_id)
    if attempt is not None and attempt.state in OPEN:
        ask(attempt, real=real)


class NotUnderstood(Exception):
    """A signed message of a gateway of which nothing can be read: only a person can, so it is parked."""


def hear_news(*, event_id: UUID, real: datetime) -> None:
    """A gateway told us something: ask what is true, also of what was declined, which we may have given up too early,
    of what is paid, where another sum may be said by now, and of a card. Money of nobody is kept.
    """
    name, kind, key, received = payments.source_of_news(event_id)
    if not kind:
        raise NotUnderstood(event_id)
    if kind.startswith("mandate."):
        mandate = agreed.find_by_reference(name, key)
        if mandate is not None:  # else its answer is not here yet, and it is looked for by its name
            look_at_mandate(mandate_id=mandate.id, real=real)
        return
    kept = payments.kept_as(name, key)
    if kept is not None:
        customer_id, method_id = kept
        look_at_card(customer_id=customer_id, method_id=method_id, name=name, token=key, real=real)
        return
    try:
        attempt = payments.get_attempt(UUID(key))
    except ValueError:
        attempt = None
    request = requests.find_by_key(key)  # one account may tell of cards, slips and Pix at each of its doors
    if request is not None:
        look(request_id=request.id, real=real)
    elif attempt is not None:
        ask(attempt, real=real)
    else:
        ask_for_nobody(name, key, received, real=real)


def ask(attempt: AttemptInfo, *, real: datetime) -> None:
    """Ask the gateway what became of one attempt, and apply the answer.

    A charge that the gateway never saw counts as declined, once it cannot be on its way any more.
    """
    reply = gateway(attempt.gateway).find(str(attempt.id), attempt.reference, attempt.token)
    if reply is None:
        lost = real - attempt.created_at >= LOST_AFTER
        reply = LOST if lost else ChargeReply(Outcome.UNKNOWN)
    customer_id, contract_id = invoices.whose(attempt.invoice_id)
    moment = customers.moment_of(customer_id, real=real)
    apply(attempt, contract_id, reply, actor="system", moment=moment)
