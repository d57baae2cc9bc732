"""Ask the customer's card for an issued invoice, without them."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.errors import InvoiceNotPayable
from abono.domain.invoicing.states import State as InvoiceState
from abono.domain.invoicing.types import InvoiceDetail
from abono.domain.payments import queries as payments
from abono.domain.payments.errors import NoSuchMethod, PaymentUnderWay
from abono.domain.payments.states import UNDECIDED
from abono.domain.payments.types import Card
from abono.flows import locks
from abono.flows.collecting.charge import charge_invoice
from abono.flows.collecting.hear import AGAIN_AFTER
from abono.flows.next_try import next_for
from abono.flows.requests.ask import ask_for
from abono.flows.requests.debits import charge
from abono.kernel.due import Means
from abono.kernel.moment import Moment


def collect(*, invoice_id: UUID, due_at: datetime | None = None, moment: Moment) -> bool:
    """Ask the card that may be asked now; a decline leaves the invoice pending and says what comes next (PAY-8).

    due_at   when it was to be asked, which may be a while ago

    Returns False when there is no card to ask: then it waits until there is one. What is paid by slip gets its slip; a Pix is
    asked for by whoever pays it (PAY-3), but for a renewal under a mandate, which is announced (PAY-11).
    """
    invoice = invoices.get(invoice_id)
    if invoice.means is Means.PIX:
        charge(invoice_id=invoice_id, moment=moment)
        return True
    if invoice.means is not Means.CARD:
        _ask_for_slip(invoice, moment=moment)
        return True
    card = _card_now(invoice_id, due_at, moment=moment)
    if not isinstance(card, Card):
        return card
    try:
        charge_invoice(
            invoice_id=invoice_id,
            customer_id=invoice.customer_id,
            method_id=card.id,
            off_session=True,
            actor="system",
            moment=moment,
        )
    except NoSuchMethod:
        return collect(invoice_id=invoice_id, due_at=due_at, moment=moment)  # it was taken out just now
    except InvoiceNotPayable:
        pass  # somebody has paid by hand
    except PaymentUnderWay:
        _after_whoever_pays(invoice_id, moment=moment)
    return True


def _ask_for_slip(invoice: InvoiceDetail, *, moment: Moment) -> None:
    if invoice.means is Means.SLIP:
        with suppress(InvoiceNotPayable):  # somebody has paid it
            ask_for(
                invoice_id=invoice.id,
                customer_id=invoice.customer_id,
                means=Means.SLIP,
                actor="system",
                moment=moment,
            )


def _card_now(invoice_id: UUID, due_at: datetime | None, *, moment: Moment) -> Card | bool:
    """The card that is asked now. True where nothing is to be asked, or not yet: then it is written down for when; False where no
    card may be."""
    with locks.invoice(invoice_id) as (contract, invoice):
        if InvoiceState(invoice.state) is not InvoiceState.PENDING:
            return True
        planned = next_for(contract, invoice, due_at=due_at, now=moment.now)
        if planned is None:
            return False
        if planned.at > moment.now:
            invoicing.collect_at(invoice, planned.at, now=moment.now)
            return True
        return planned.card


def _after_whoever_pays(invoice_id: UUID, *, moment: Moment) -> None:
    """Somebody pays by hand. A member sees how it went; if it is a stranger with a payment link, it comes to nothing, and
    the card is asked later as if they had not been there."""
    with locks.invoice(invoice_id) as (_contract, invoice):
        newest = payments.newest_attempt(invoice_id)
        if newest is not None and newest.once and newest.state in UNDECIDED:
            invoicing.collect_at(invoice, moment.now + AGAIN_AFTER, now=moment.now)
