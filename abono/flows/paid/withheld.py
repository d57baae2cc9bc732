"""Money that is less by exactly the taxes that its buyer must withhold settles its invoice all the same (PAY-6)."""

from __future__ import annotations

from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.taxes import buyer_kind
from abono.domain.payments.receipts import Came
from abono.domain.withholding import queries as withholding
from abono.domain.withholding import rules
from abono.domain.withholding.types import Kept
from abono.flows.paid.late import added
from abono.kernel.withheld import parted, sums


def kept_of(invoice: Invoice, came: Came) -> Kept | None:
    """What the buyer kept of what is left of an invoice, by the rates of the day of payment; None where what came is less by
    another sum, or they kept theirs before. Fine and interest may have come with it, all of them (PAY-5). The caller holds
    the invoice."""
    short = invoice.rest_minor - came.amount_minor
    if short <= 0 or invoice.withheld_minor:
        return None
    country, tax_id = invoice.buyer["country"], invoice.buyer["tax_id"]
    rates = withholding.of_buyer(
        invoice.customer_id,
        country=country,
        buyer=buyer_kind(country, tax_id),
        day=came.received_date,
    )
    taxes = rules.withholdings(rates, invoices.bases(invoice.id)) if rates else []
    for minor in sorted(sums(taxes), key=lambda one: (one != short, one)):
        if minor == short or (minor > short and _all_late(invoice, came, minor - short)):
            return Kept(tuple(taxes), parted(taxes, minor))
    return None


def _all_late(invoice: Invoice, came: Came, over_minor: int) -> bool:
    """Whether so much more is fine and interest, and all of them."""
    found = added(
        invoice,
        pays_minor=invoice.rest_minor,
        over_minor=over_minor,
        on=came.received_date,
        request_id=came.request_id,
    )
    return found is not None and found.minor == over_minor and not found.missing_minor
