"""How the dispute of an invoice ends: won or lost, and what follows for its money (INV-5, PAY-10)."""

from __future__ import annotations

from uuid import UUID

from abono.domain.invoicing.errors import NotDisputed
from abono.domain.invoicing.states import State
from abono.domain.payments import disputes
from abono.domain.payments.pushed import requests
from abono.domain.payments.states import RequestState
from abono.domain.payments.types import DisputeInfo
from abono.flows import locks
from abono.flows.endings.all_back import take_all_back, was_regretted
from abono.flows.paid.by_credit import use_credit
from abono.flows.standing.decided import decide
from abono.flows.standing.write_off import require_second
from abono.kernel.moment import Moment
from abono.platform.idempotency import Ask


def end_dispute(
    *,
    invoice_id: UUID,
    won: bool,
    why: str,
    actor: str,
    moment: Moment,
    ask: Ask | None = None,
    approved: bool = False,
) -> DisputeInfo:
    """Won: it is owed, or paid, as before. Lost: what was paid went back to the holder and is owed again; of an invoice that
    was not paid, what it asked for is written off. No card is charged for it by itself. Where the contract was regretted
    meanwhile, nothing of it stays owed, and what is left of its money goes back (CON-10).

    approved   a second person has agreed (`flows.approvals`)

    Raises NoSuchInvoice, NotDisputed; SecondPersonNeeded where so much of an invoice that was not paid is given up.
    """
    now = moment.now
    if ask is not None and "dispute" in ask.led_to:
        ended = disputes.find(UUID(ask.led_to["dispute"]))
        assert ended is not None
        return ended
    with locks.invoice(invoice_id) as (contract, invoice):
        if State(invoice.state) is not State.DISPUTED:
            raise NotDisputed(invoice.title)
        if not won and invoice.paid_at is None:
            require_second(invoice, approved=approved, now=now)
        ended = decide(contract, invoice, won=won, why=why, actor=actor, now=now)
        if ask is not None:
            ask.note(dispute=str(ended.id))
        if was_regretted(contract):
            take_all_back(contract, actor=actor, moment=moment)
        use_credit(contract, actor=actor, now=now)
        came = [one.id for one in requests.of_invoice(invoice.id) if one.state is RequestState.PAID]
        requests.look_now(came, real=moment.real)  # what came meanwhile was kept apart
        return ended
