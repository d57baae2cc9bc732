"""What stands below the total of an invoice: taxes inside it, credit notes, credit that pays of it, and what is left to be paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from abono.domain.invoicing.states import State
from abono.domain.invoicing.types import CreditNoteDetail, InvoiceDetail
from abono.kernel.money import Money
from abono.platform import formats

_LEFT = {State.WRITTEN_OFF: gettext_lazy("Written off"), State.DISPUTED: gettext_lazy("Disputed")}


@dataclass(frozen=True, slots=True)
class Below:
    label: str  # in the active language
    amount: Money


def below(invoice: InvoiceDetail, notes: Sequence[CreditNoteDetail]) -> list[Below]:
    """In the order in which they came; none where the total is all there is to say. `notes` are of the invoice."""
    inside = [
        Below(
            _("Of which {name}, {percent}").format(
                name=one.name, percent=formats.rate(one.rate_micro, get_language() or "en")
            ),
            Money(one.amount_minor, invoice.currency),
        )
        for one in invoice.included
    ]
    rows = [
        Below(_("Credit note {number}").format(number=note.title), Money(-note.total_minor, invoice.currency))
        for note in sorted(notes, key=lambda note: note.id)
    ]
    if invoice.credit_used_minor:
        rows.append(Below(_("Paid with credit"), Money(-invoice.credit_used_minor, invoice.currency)))
    came_minor = invoice.received_minor - invoice.withheld_minor
    for name, minor in ((_("Received"), came_minor), (_("Taxes withheld"), invoice.withheld_minor)):
        if minor:
            rows.append(Below(name, Money(-minor, invoice.currency)))
    if (rows and invoice.state is State.PENDING) or invoice.state in _LEFT:
        label = _LEFT.get(invoice.state, _("To be paid"))
        if invoice.paid_at is None:
            rows.append(Below(str(label), Money(invoice.rest_minor, invoice.currency)))
    return inside + rows
