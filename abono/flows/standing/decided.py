"""A dispute is won or lost: what that does to its invoice, its money and the service (INV-5, PAY-10)."""

from __future__ import annotations

from datetime import datetime

from abono.domain.contracts.models import Contract
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing import standing
from abono.domain.invoicing.models import Invoice
from abono.domain.journal import actions as journal
from abono.domain.journal import rules as posts
from abono.domain.journal.types import Fact, NewEntry
from abono.domain.payments import disputes
from abono.domain.payments import queries as payments
from abono.domain.payments.states import DisputeState
from abono.domain.payments.types import DisputeInfo
from abono.flows.restriction.contested import open_after_dispute
from abono.flows.standing.dispute import tell_of


def decide(
    contract: Contract, invoice: Invoice, *, won: bool, why: str, actor: str, now: datetime
) -> DisputeInfo:
    """The caller holds the invoice, which is disputed. What of a contract that was regretted goes back then is the caller's."""
    to = DisputeState.WON if won else DisputeState.LOST
    ended = disputes.end(invoice.id, to, customer_id=invoice.customer_id, why=why, actor=actor, now=now)
    if won:
        standing.undispute(invoice, why=why, actor=actor, now=now)
    if ended.of_payment is not None:
        _post_end(invoice, ended, now=now)
    if not won and ended.of_payment is not None:
        _owe_again(invoice, ended, actor=actor, now=now)
    elif not won:
        standing.write_off(invoice, why=why, actor=actor, now=now)
    tell_of(contract, invoice, ended, f"dispute_{to.value}", now=now)
    open_after_dispute(contract, now=now)
    return ended


def _post_end(invoice: Invoice, ended: DisputeInfo, *, now: datetime) -> None:
    if ended.state is DisputeState.WON:
        journal.take_back(Fact.DISPUTE_OPENED, ended.id, by=Fact.DISPUTE_WON, invoice_id=invoice.id, now=now)
        return
    lost = posts.dispute_lost(ended.gateway, ended.amount)
    journal.post(NewEntry(Fact.DISPUTE_LOST, ended.id, invoice.id, lost), now=now)


def _owe_again(invoice: Invoice, ended: DisputeInfo, *, actor: str, now: datetime) -> None:
    """Of what paid stays what was not contested."""
    if ended.attempt_id is None:
        invoicing.receive(invoice, -ended.amount.minor)
    else:
        charged = payments.get_attempt(ended.attempt_id)
        assert charged is not None
        invoicing.receive(invoice, charged.amount.minor - ended.amount.minor)
    standing.owe_again(invoice, why=ended.ended_why, actor=actor, now=now)
