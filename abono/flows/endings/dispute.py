"""How the dispute of an invoice ends: won or lost, and what follows for its money (INV-5, PAY-10)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing import standing
from abono.domain.invoicing.errors import NotDisputed
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import State
from abono.domain.journal import actions as journal
from abono.domain.journal import rules as posts
from abono.domain.journal.types import Fact, NewEntry
from abono.domain.payments import disputes
from abono.domain.payments import queries as payments
from abono.domain.payments.states import DisputeState
from abono.domain.payments.types import DisputeInfo
from abono.flows import locks
from abono.flows.endings.all_back import take_all_back, was_regretted
from abono.flows.paid.by_credit import use_credit
from abono.flows.standing.dispute import tell_of
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
        to = DisputeState.WON if won else DisputeState.LOST
        ended = disputes.end(invoice.id, to, customer_id=invoice.customer_id, why=why, actor=actor, now=now)
        if won:
            standing.undispute(invoice, why=why, actor=actor, now=now)
        if ended.attempt_id is not None:
            _post_end(invoice, ended, now=now)
        if not won and ended.attempt_id is not None:
            _owe_again(invoice, ended, actor=actor, now=now)
        elif not won:
            standing.write_off(invoice, why=why, actor=actor, now=now)
        tell_of(contract, invoice, ended, f"dispute_{to.value}", now=now)
        if ask is not None:
            ask.note(dispute=str(ended.id))
        if was_regretted(contract):
            take_all_back(contract, actor=actor, moment=moment)
        use_credit(contract, actor=actor, now=now)
        return ended


def _post_end(invoice: Invoice, ended: DisputeInfo, *, now: datetime) -> None:
    if ended.state is DisputeState.WON:
        journal.take_back(Fact.DISPUTE_OPENED, ended.id, by=Fact.DISPUTE_WON, invoice_id=invoice.id, now=now)
        return
    lost = posts.dispute_lost(ended.gateway, ended.amount)
    journal.post(NewEntry(Fact.DISPUTE_LOST, ended.id, invoice.id, lost), now=now)


def _owe_again(invoice: Invoice, ended: DisputeInfo, *, actor: str, now: datetime) -> None:
    """Of what the card paid stays what was not contested."""
    assert ended.attempt_id is not None
    charged = payments.get_attempt(ended.attempt_id)
    assert charged is not None
    invoicing.receive(invoice, charged.amount.minor - ended.amount.minor)
    standing.owe_again(invoice, why=ended.ended_why, actor=actor, now=now)
