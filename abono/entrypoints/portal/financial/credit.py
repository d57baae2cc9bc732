"""Credit notes and the statement of credit, as the customer sees them (INV-4, INV-9)."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.types import ContractInfo
from abono.domain.credit import queries as credit
from abono.domain.credit.types import EntryDetail, Kind
from abono.domain.invoicing import credit_notes
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.types import CreditNoteDetail
from abono.entrypoints.site.design.words import Text
from abono.entrypoints.site.files import makes_file
from abono.entrypoints.site.refusals import answered
from abono.entrypoints.site.visit import Visitor
from abono.flows.billing.documents import credit_note_file
from abono.kernel.ids import parse, public
from abono.kernel.money import Money
from abono.platform.web import download

WHAT: dict[Kind, Text] = {
    Kind.GRANTED: _("Taken back of a paid invoice"),
    Kind.USED: _("Paid of an invoice"),
    Kind.RETURNED: _("The invoice that it paid of was cancelled"),
    Kind.REFUNDED: _("Goes back to the card that paid"),
    Kind.RESTORED: _("Could not go back to the card"),
    Kind.OVERPAID: _("Paid more than was asked for"),
    Kind.RECALLED: _("That payment was taken back"),
}
NOT_PAID = _("Back: the rest was not paid")


@dataclass(frozen=True, slots=True)
class Movement:
    entry: EntryDetail
    what: Text
    invoice_id: str
    invoice: str
    amount: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class Statement:
    """The credit of one contract."""

    contract: ContractInfo
    balance: Money
    movements: list[Movement]


@require_safe
def page(request: Visitor) -> HttpResponse:
    """What is left of each contract's credit, and the movements that say so, newest first (INV-9)."""
    whose = request.visit.customer_id
    context = {
        "statements": [_statement(one) for one in contracts.list_for_customer(whose)],
        "notes": [
            (note, Money(note.total_minor, note.invoice.currency)) for note in credit_notes.list_for(whose)
        ],
    }
    return render(request, "portal/financial/credit.html", context)


@makes_file
@answered
def pdf(request: Visitor, credit_note_id: str) -> HttpResponse:
    """The document of a credit note, in the language of the page."""
    name, content = credit_note_file(_note(request, credit_note_id), request.visit.language)
    return download.pdf(content, name)


def _statement(contract: ContractInfo) -> Statement:
    entries = credit.statement(contract.id)
    titles = invoices.titles([entry.invoice_id for entry in entries])
    return Statement(
        contract,
        Money(credit.balance(contract.id), contract.currency),
        [
            Movement(
                entry,
                NOT_PAID
                if entry.kind is Kind.RETURNED and not titles[entry.invoice_id]
                else WHAT[entry.kind],
                public("inv", entry.invoice_id),
                titles[entry.invoice_id],
                Money(entry.amount_minor, entry.currency),
                Money(entry.balance_minor, entry.currency),
            )
            for entry in entries
        ],
    )


def _note(request: Visitor, text: str) -> CreditNoteDetail:
    """A credit note of the visitor's organization; any other does not exist for them (ACC-2)."""
    key = parse("crn", text)
    if key is None:
        raise Http404(text)
    return credit_notes.get(key, customer_id=request.visit.customer_id)
