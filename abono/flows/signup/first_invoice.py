"""The first invoice of an order, and that its money will be asked for (CON-3)."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime
from uuid import UUID

from abono.domain.customers import queries as customers
from abono.domain.customers import rules as customer_rules
from abono.domain.invoicing import actions as invoicing
from abono.domain.invoicing import keys
from abono.domain.invoicing.errors import AmountChanged
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import Reason
from abono.domain.payments.types import AttemptInfo
from abono.domain.settings.types import Whose
from abono.flows.billing.invoices import buyer_of
from abono.flows.charges import fees
from abono.flows.charges.months import first_cycle
from abono.flows.charges.paid_for import first_paid_for
from abono.flows.collecting.charge import begin
from abono.flows.signup.quote import Quote
from abono.kernel.moment import Moment
from abono.kernel.periods import local_date
from abono.platform.idempotency import Ask


def draft_first_invoice(
    contract_id: UUID, customer_id: UUID, *, offer: Quote, anew: bool, now: datetime
) -> Invoice | None:
    """None where there is a trial: it comes when that ends.

    anew   an earlier try may have left one

    Raises AmountChanged where it asks for another sum than was seen.
    """
    if offer.trial is not None:
        invoicing.discard(contract_id=contract_id, prefix=keys.FIRST, now=now)
        return None
    organization = customers.get(customer_id)
    day = local_date(now, organization.time_zone)
    currency, key = offer.package.currency, keys.FIRST
    buyer = buyer_of(organization)
    begins = first_cycle(day, organization.time_zone, whose=Whose(offer.plan.code), at=now)
    pays = first_paid_for(offer.price.interval, begins, organization.time_zone)
    lines = fees.first(offer.what, pays, offer.discount, ahead=begins.ahead)
    if anew:
        same = invoicing.redraft(
            contract_id=contract_id, key=key, currency=currency, buyer=buyer, lines=lines
        )
        if same is not None:
            return _as_seen(same, offer)
        invoicing.discard(contract_id=contract_id, prefix=key, now=now)
    drafted = invoicing.draft(
        customer_id=customer_id,
        contract_id=contract_id,
        reason=Reason.FIRST,
        key=key,
        series=customer_rules.invoice_series(customer_id, sandbox=organization.sandbox),
        currency=currency,
        buyer=buyer,
        lines=lines,
        now=now,
    )
    return _as_seen(drafted, offer)


def _as_seen(invoice: Invoice, offer: Quote) -> Invoice:
    if invoice.total_minor != offer.first_total.minor:
        raise AmountChanged(invoice.total_minor, invoice.currency)
    return invoice


def begin_charge(
    invoice: Invoice | None, *, running: ExitStack, moment: Moment, ask: Ask | None
) -> AttemptInfo | None:
    """The invoice is new, or its contract is held."""
    if invoice is None:
        return None
    attempt = begin(invoice, running=running, method_id=None, off_session=False, moment=moment)
    if ask is not None:
        ask.note(attempt=str(attempt.id))
    return attempt
