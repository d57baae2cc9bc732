"""Money that is less by exactly the taxes that its buyer must withhold settles its invoice all the same (PAY-6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.models import Invoice
from abono.domain.invoicing.states import State
from abono.domain.invoicing.taxes import buyer_kind
from abono.domain.invoicing.types import InvoiceDetail
from abono.domain.payments.receipts import Came
from abono.domain.withholding import queries as withholding
from abono.domain.withholding import rules
from abono.domain.withholding.types import Kept
from abono.flows.paid.late import added
from abono.kernel.money import Money
from abono.kernel.withheld import Withholding, by_parts, parted, sums


@dataclass(frozen=True, slots=True)
class Expected:
    """What a buyer may pay an invoice less by: each tax, rounded by itself."""

    taxes: Sequence[Withholding]
    owed: Money

    @property
    def amount(self) -> Money:
        return Money(by_parts(self.taxes), self.owed.currency)

    @property
    def rest(self) -> Money:
        return self.owed - self.amount


def expected(invoice: InvoiceDetail, *, on: date) -> Expected | None:
    """What `kept_of` would find of what is left of an invoice that is paid on a day; None where that is nothing, or nothing would
    be left to pay."""
    if invoice.state is not State.PENDING or invoice.withheld_minor:
        return None
    taxes = _taxes(invoice.id, invoice.customer_id, invoice.buyer.country, invoice.buyer.tax_id, on)
    found = Expected(taxes, Money(invoice.owed_minor, invoice.currency))
    return found if found.amount and found.rest.minor > 0 else None


def kept_of(invoice: Invoice, came: Came) -> Kept | None:
    """What the buyer kept of what is left of an invoice, by the rates of the day of payment; None where what came is less by
    another sum, or they kept theirs before. Fine and interest may have come with it, all of them (PAY-5). The caller holds
    the invoice."""
    short = invoice.rest_minor - came.amount_minor
    if short <= 0 or invoice.withheld_minor:
        return None
    country, tax_id = invoice.buyer["country"], invoice.buyer["tax_id"]
    taxes = _taxes(invoice.id, invoice.customer_id, country, tax_id, came.received_date)
    for minor in sorted(sums(taxes), key=lambda one: (one != short, one)):
        if minor == short or (minor > short and _all_late(invoice, came, minor - short)):
            return Kept(tuple(taxes), parted(taxes, minor))
    return None


def _taxes(invoice_id: UUID, customer_id: UUID, country: str, tax_id: str, day: date) -> list[Withholding]:
    kind = buyer_kind(country, tax_id)
    rates = withholding.of_buyer(customer_id, country=country, buyer=kind, day=day)
    return rules.withholdings(rates, invoices.bases(invoice_id)) if rates else []


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
