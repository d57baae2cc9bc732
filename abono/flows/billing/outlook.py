"""What becomes of the money of unpaid invoices, as things stand: the one place that pages, papers and the API ask."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from abono.domain.invoicing.actions import COLLECT
from abono.domain.invoicing.states import Outlook, State
from abono.domain.invoicing.types import Collecting, InvoiceDetail
from abono.domain.payments import queries as payments
from abono.domain.payments.states import OPEN
from abono.domain.payments.states import State as AttemptState
from abono.domain.payments.types import AttemptInfo, Card
from abono.platform import agenda
from abono.platform.agenda import Entry


def outlooks(invoices: Iterable[InvoiceDetail]) -> dict[UUID, Collecting]:
    """How the money of each pending invoice is coming; the others are not there."""
    pending = {one.id: one.customer_id for one in invoices if one.state is State.PENDING}
    if not pending:
        return {}
    attempts = payments.newest_attempts(list(pending))
    due = agenda.entries(COLLECT, list(pending))
    cards = {whose: payments.card_in_use(whose) for whose in {pending[one] for one in due}}
    return {
        one: _collecting(attempts.get(one), due.get(one), cards.get(whose)) for one, whose in pending.items()
    }


def outlook(invoice: InvoiceDetail) -> Collecting | None:
    """The same of one invoice; None when nothing is to be paid of it."""
    return outlooks([invoice]).get(invoice.id)


def _collecting(
    newest: tuple[AttemptInfo, Card] | None, due: Entry | None, in_use: Card | None
) -> Collecting:
    attempt, card = newest or (None, None)
    asked = "" if card is None else card.name
    if attempt is not None and attempt.state in OPEN:
        return Collecting(Outlook.CONFIRMING, card=asked)
    if attempt is not None and attempt.state is AttemptState.DIFFERS:
        return Collecting(Outlook.CHECKING, card=asked)
    if due is not None and (due.due_at is None or in_use is None):
        return Collecting(Outlook.NO_CARD)
    if due is not None and in_use is not None:
        return Collecting(Outlook.SCHEDULED, due.due_at, in_use.name)
    if attempt is None:
        return Collecting(Outlook.BY_HAND)
    lost = attempt.state is AttemptState.LOST
    return Collecting(Outlook.NOT_RECEIVED if lost else Outlook.DECLINED, card=asked)
