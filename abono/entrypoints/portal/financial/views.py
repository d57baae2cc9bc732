"""Settings › Financial information: invoices, their documents and lines (FIN-1, FIN-2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from abono.domain.fiscal import queries as fiscal
from abono.domain.invoicing import credit_notes
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.labels import fiscal_label
from abono.domain.invoicing.states import FiscalType, Status
from abono.domain.invoicing.types import Collecting, CreditNoteDetail, InvoiceDetail
from abono.entrypoints.portal.financial.shown import InvoiceRow, fiscal_types, rows
from abono.entrypoints.portal.financial.unpaid import unpaid
from abono.entrypoints.site import errors
from abono.entrypoints.site.design import csv_file
from abono.entrypoints.site.design.words import status
from abono.entrypoints.site.files import makes_file
from abono.entrypoints.site.visit import Visit, Visitor
from abono.flows.billing.outlook import outlooks
from abono.kernel.ids import parse, public
from abono.kernel.money import Money
from abono.kernel.periods import add_months, day_start, local_date
from abono.platform.clock import shifted

PER_PAGE = 50
FIRST_MONTHS = 6  # FIN-2: older ones on request
MOST_EXPORTED = 5_000


class Filters(forms.Form):
    """What the list can be narrowed to (FIN-2)."""

    contract = forms.CharField(label=gettext_lazy("Contract number"), required=False, max_length=16)
    status = forms.ChoiceField(label=gettext_lazy("Status"), required=False)
    type = forms.ChoiceField(label=gettext_lazy("Type"), required=False)
    period = forms.ChoiceField(
        label=gettext_lazy("Period"),
        required=False,
        choices=[("", gettext_lazy("Last six months")), ("all", gettext_lazy("All"))],
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        every = ("", _("All"))
        states = [(one.value, status("invoice", one.value)[0]) for one in Status]
        _set_choices(self.fields["status"], [every, *states])
        _set_choices(self.fields["type"], [every, *fiscal_types(get_language() or "en")])


@dataclass(frozen=True, slots=True)
class Listed:
    rows: list[InvoiceRow]
    older: UUID | None  # the last one of this page, when there are more


@require_safe
def page(request: Visitor) -> HttpResponse:
    visit, now = request.visit, shifted(request.visit.now_offset_s)
    form = Filters(request.GET or None)
    before, today = _before(request), local_date(now, visit.time_zone)
    pending = invoices.pending(customer_id=visit.customer_id)
    collecting = outlooks(pending)
    listed = _listed(visit, form, now=now, before=before, limit=PER_PAGE, collecting=collecting)
    to_pay = rows(pending, today=today, language=visit.language, collecting=collecting)
    query = {name: value for name, value in request.GET.items() if value and name != "before"}
    context = {
        "form": form,
        "rows": listed.rows,
        "unpaid": unpaid(to_pay, visit.language),
        "filtered": bool(query),
        "everything": query.get("period") == "all",
        "csv_url": f"{reverse('portal:financial-csv')}?{urlencode(query)}".rstrip("?"),
        "all_url": f"?{urlencode({**query, 'period': 'all'})}",
        "older": f"?{urlencode({**query, 'before': public('inv', listed.older)})}" if listed.older else "",
        "newer": f"{reverse('portal:financial')}?{urlencode(query)}".rstrip("?") if before else "",
        "may_pay": visit.administers,
        "notes": [] if before else _notes(visit, form, now=now),
    }
    return render(request, "portal/financial/page.html", context, status=200 if _right(form) else 422)


@makes_file
def csv(request: Visitor) -> HttpResponse:
    """The same list, with the same filters, as a file."""
    visit, now = request.visit, shifted(request.visit.now_offset_s)
    form = Filters(request.GET or None)
    if not _right(form):
        return errors.no_such_file(request, back=f"{reverse('portal:financial')}?{request.GET.urlencode()}")
    listed = _listed(visit, form, now=now, before=None, limit=MOST_EXPORTED)
    return csv_file.response(
        f"invoices-{local_date(now, visit.time_zone).isoformat()}.csv",
        header=[
            _("Invoice"),
            _("Contract"),
            _("What for"),
            _("Type"),
            _("Issued on"),
            _("Due on"),
            _("Status"),
            _("Paid on"),
            _("Amount"),
            _("Currency"),
        ],
        rows=chain(_csv_rows(listed.rows, visit), _csv_notes(_notes(visit, form, now=now), visit)),
        language=visit.language,
    )


def _right(form: Filters) -> bool:
    return not form.is_bound or form.is_valid()


def _listed(
    visit: Visit,
    form: Filters,
    *,
    now: datetime,
    before: UUID | None,
    limit: int,
    collecting: Mapping[UUID, Collecting] | None = None,
) -> Listed:
    """The customer's invoices that pass the filters; a filter that makes no sense shows nothing."""
    if not _right(form):
        return Listed([], None)
    wanted = form.cleaned_data if form.is_bound else {}
    today = local_date(now, visit.time_zone)
    since = _since(wanted, visit, today)
    asked = Status(wanted["status"]) if wanted.get("status") else None
    found = invoices.list_for_customer(
        visit.customer_id,
        since=since,
        state=None if asked is None else asked.kept_as,
        fiscal_type=FiscalType(wanted["type"]) if wanted.get("type") else None,
        contract_number=wanted.get("contract", ""),
        before=before,
        limit=limit + 1,
    )
    shown = rows(
        found[:limit],
        today=today,
        language=visit.language,
        collecting=collecting,
        fiscal=fiscal.standings(found[:limit]),
    )
    if asked is not None:  # the day, the lines or the money tell those apart that the database does not
        shown = [row for row in shown if row.state == asked.value]
    return Listed(shown, found[limit - 1].id if len(found) > limit else None)


def _since(wanted: Mapping[str, str], visit: Visit, today: date) -> datetime | None:
    if wanted.get("period") == "all":
        return None
    return day_start(add_months(today, -FIRST_MONTHS), visit.time_zone)


def _notes(visit: Visit, form: Filters, *, now: datetime) -> list[tuple[CreditNoteDetail, Money]]:
    """Credit notes of the same contracts and months; none where the list is narrowed to a status or type of invoices."""
    wanted = form.cleaned_data if form.is_bound and form.is_valid() else {}
    if not _right(form) or wanted.get("status") or wanted.get("type"):
        return []
    found = credit_notes.list_for(
        visit.customer_id,
        contract_number=wanted.get("contract", ""),
        since=_since(wanted, visit, local_date(now, visit.time_zone)),
        limit=MOST_EXPORTED,
    )
    return [(note, Money(note.total_minor, note.invoice.currency)) for note in found]


def _csv_notes(
    notes: Iterable[tuple[CreditNoteDetail, Money]], visit: Visit
) -> Iterator[list[csv_file.Cell]]:
    """A row for each credit note, whose amount is negative."""
    for note, amount in notes:
        what = _("Credit note on invoice {number}").format(number=note.invoice.title)
        types = dict.fromkeys(fiscal_label(line.fiscal_type, visit.language) for line, _minor in note.lines)
        yield [
            note.title,
            note.invoice.contract_number,
            what,
            ", ".join(types),
            note.issued_date,
            None,
            "",
            None,
            csv_file.decimal(-amount.minor, amount.currency, visit.language),
            amount.currency,
        ]


def _csv_rows(listed: list[InvoiceRow], visit: Visit) -> Iterator[list[csv_file.Cell]]:
    for row in listed:
        invoice = row.invoice
        yield [
            invoice.title,
            invoice.contract_number,
            str(row.reason),
            ", ".join(row.fiscal_types),
            invoice.issued_date,
            invoice.due_date,
            str(status("invoice", row.state)[0]),
            row.paid_date,
            csv_file.decimal(invoice.total_minor, invoice.currency, visit.language),
            invoice.currency,
        ]


def _before(request: Visitor) -> UUID | None:
    text = request.GET.get("before", "")
    if not text:
        return None
    return invoice_key(text)


def invoice_key(text: str) -> UUID:
    """The key behind an address. Raises Http404 for what is not one."""
    key = parse("inv", text)
    if key is None:
        raise Http404(text)
    return key


def issued(visit: Visit, public_id: str) -> InvoiceDetail:
    """An issued invoice of the visitor's organization; anything else does not exist for them (ACC-2).

    Raises NoSuchInvoice, Http404.
    """
    invoice = invoices.get(invoice_key(public_id), customer_id=visit.customer_id)
    if not invoice.title:
        raise Http404("a draft is nobody's business")
    return invoice


def _set_choices(field: forms.Field, choices: list[tuple[str, object]]) -> None:
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices
