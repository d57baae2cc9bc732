"""Fiscal documents: what is to be issued and cancelled, exports of it, and files that came back (INV-11)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from abono.domain.fiscal import queries
from abono.domain.fiscal.errors import FileRefused
from abono.domain.invoicing import queries as invoices
from abono.entrypoints.backoffice.fiscal.forms import Take
from abono.entrypoints.site import flash
from abono.entrypoints.site.actors import names_of
from abono.entrypoints.site.design import csv_file
from abono.entrypoints.site.files import makes_file
from abono.entrypoints.site.posted import posted
from abono.entrypoints.site.refusals import answered, refused
from abono.entrypoints.site.visit import SellersVisitor
from abono.flows.fiscal.export import CODES, write_export
from abono.flows.fiscal.take import take
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse, public
from abono.platform import clock, formats

PER_PAGE = 50
HEADER = (
    *("act", "reference", "invoice", "contract", "issued_date", "due_date", "paid", "currency", "amount"),
    *("seller_name", "seller_tax_id", "buyer_name", "buyer_tax_id", "buyer_country", "buyer_street"),
    *(
        "buyer_number",
        "buyer_complement",
        "buyer_district",
        "buyer_city",
        "buyer_region",
        "buyer_postal_code",
    ),
    *("buyer_email", "line", "description", "kind", "fiscal_type", "first_date", "last_date", "quantity"),
    *(
        "unit_price",
        "line_amount",
        "line_credited",
        *CODES,
        "taxes_inside",
        "withheld",
        "number",
        "series",
        "key",
    ),
)


@require_safe
def page(request: SellersVisitor) -> HttpResponse:
    """What is to be done, the newest exports and files."""
    return _page(request, Take())


@posted("backoffice:fiscal")
@answered
def write(request: SellersVisitor) -> HttpResponse:
    """The next export."""
    try:
        made = write_export(language=get_language() or "en", actor=request.staff.actor, real=clock.now())
    except Refusal as no:
        flash.refused(request, refused(no).sentence)
        return redirect("backoffice:fiscal")
    count = made.documents + made.cancels
    said = ngettext(
        "Export {number} is written, with {count} document. Download it, and give it to who issues.",
        "Export {number} is written, with {count} documents. Download it, and give it to who issues.",
        count,
    )
    flash.done(request, said.format(number=made.number, count=formats.number(count, get_language() or "en")))
    return redirect("backoffice:fiscal-export", made.public_id)


@posted("backoffice:fiscal")
@answered
def receive(request: SellersVisitor) -> HttpResponse:
    """A file of who issues: all of it, or nothing. The same one again leads to where it was taken."""
    form = Take(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=422)
    sent = form.cleaned_data["file"]
    try:
        file, new = take(name=sent.name, content=sent.read(), actor=request.staff.actor, real=clock.now())
    except FileRefused as no:
        form.add_error("file", _("Nothing of this file was taken: see below what stands in the way."))
        bad = [(one.line, one.reference, refused_line(one.why)) for one in no.bad]
        return _page(request, form, status=422, bad=bad)
    except Refusal as no:
        form.add_error("file", refused(no).sentence)
        return _page(request, form, status=refused(no).status.value)
    if new:
        flash.done(request, _("All of this file is taken, and customers are told of what was issued."))
    else:
        flash.told(request, _("This file was taken already, and changes nothing. Here is what it did then."))
    return redirect("backoffice:fiscal-return", file.public_id)


@require_safe
@answered
def export(request: SellersVisitor, export_id: str) -> HttpResponse:
    """One export, and how its documents stand now."""
    found = queries.export(_key("fsx", export_id))
    told, cancels = queries.of_export(found.id)
    titles = invoices.titles([one.invoice_id for one in (*told, *cancels)])
    context = {
        "export": found,
        "by": names_of([found.actor])[found.actor],
        "rows": [
            (act, one, titles[one.invoice_id], public("inv", one.invoice_id))
            for act, those in (("issue", told), ("cancel", cancels))
            for one in those
        ],
    }
    return render(request, "backoffice/fiscal/export.html", context)


@makes_file
@answered
def csv(request: SellersVisitor, export_id: str) -> HttpResponse:
    """All that is needed to issue: a row for each line of an invoice, a row for each document to be cancelled."""
    found, language = queries.export(_key("fsx", export_id)), get_language() or "en"
    return csv_file.response(
        f"fiscal-export-{found.number}.csv",
        header=HEADER,
        rows=_rows(found.id, language),
        language=language,
    )


@require_safe
@answered
def returned(request: SellersVisitor, return_id: str) -> HttpResponse:
    """A file that was taken, and what each line of it did."""
    found = queries.returned(_key("fsr", return_id))
    context = {"file": found, "by": names_of([found.actor])[found.actor]}
    return render(request, "backoffice/fiscal/return.html", context)


def refused_line(why: Refusal) -> str:
    """A sentence of whatever stands in the way of a line, also that there is no such invoice."""
    try:
        return refused(why).sentence
    except Http404:
        return _("There is no such invoice.")


def _page(
    request: SellersVisitor, form: Take, *, status: int = 200, bad: list[tuple[int, str, str]] | None = None
) -> HttpResponse:
    before = parse("fsx", request.GET.get("before", ""))
    exports = queries.exports(before=before, limit=PER_PAGE)
    returns = queries.returns(limit=PER_PAGE)
    names = names_of([*(one.actor for one in exports), *(one.actor for one in returns)])
    cancels, refusals = queries.to_cancel(limit=PER_PAGE), queries.refused(limit=PER_PAGE)
    titles = invoices.titles([one.invoice_id for one in (*cancels, *refusals)])
    context = {
        "kept": queries.kept(),
        "form": form,
        "bad": bad,
        "count": queries.count_to_issue(),
        "to_issue": invoices.several(queries.to_issue(limit=10)),
        "to_cancel": [(one, titles[one.invoice_id], public("inv", one.invoice_id)) for one in cancels],
        "untold": any(one for one in queries.to_cancel(told=False, limit=1)),
        "refused": [(one, titles[one.invoice_id], public("inv", one.invoice_id)) for one in refusals],
        "exports": [(one, names[one.actor]) for one in exports],
        "returns": [(one, names[one.actor]) for one in returns],
        "older": f"?before={exports[-1].public_id}" if len(exports) == PER_PAGE else "",
    }
    return render(request, "backoffice/fiscal/page.html", context, status=status)


def _rows(export_id: UUID, language: str) -> Iterator[list[csv_file.Cell]]:
    told, cancels = queries.of_export(export_id)
    for one in told:
        asked = one.asked or {}
        for line in asked["lines"]:
            yield [*_head("issue", asked, language), *_line(asked, line, language), "", "", ""]
    titles = invoices.titles([one.invoice_id for one in cancels])
    for one in cancels:
        row: list[csv_file.Cell] = [""] * len(HEADER)
        row[:3] = ["cancel", titles[one.invoice_id], public("inv", one.invoice_id)]
        row[7:9] = [one.amount.currency, csv_file.decimal(one.amount.minor, one.amount.currency, language)]
        row[-3:] = [one.number, one.series, one.key]
        yield row


def _head(act: str, asked: dict[str, Any], language: str) -> list[csv_file.Cell]:
    seller, buyer = asked["seller"], asked["buyer"]
    return [
        act,
        *(asked[name] for name in ("reference", "invoice", "contract", "issued_date", "due_date")),
        "yes" if asked["paid"] else "no",
        asked["currency"],
        csv_file.decimal(asked["amount_minor"], asked["currency"], language),
        seller["name"],
        seller["tax_id"],
        *(buyer[name] for name in ("legal_name", "tax_id", "country", "street", "number", "complement")),
        *(buyer[name] for name in ("district", "city", "region", "postal_code", "email")),
    ]


def _line(asked: dict[str, Any], line: dict[str, Any], language: str) -> list[csv_file.Cell]:
    def amount(minor: int) -> str:
        return csv_file.decimal(minor, asked["currency"], language)

    inside = [one for one in asked["taxes"] if one["fiscal_type"] == line["fiscal_type"]]
    return [
        *(
            line[name]
            for name in ("position", "description", "kind", "fiscal_type", "first_date", "last_date")
        ),
        line["quantity"],
        csv_file.decimal_price(abs(line["unit_price_micro"]), asked["currency"], language),
        amount(line["amount_minor"]),
        amount(line["credited_minor"]),
        *(line[name] for name in CODES),
        *(
            " / ".join(f"{one['name']} {amount(one['amount_minor'])}" for one in taxes)
            for taxes in (inside, asked["withheld"])
        ),
    ]


def _key(prefix: str, text: str) -> UUID:
    """The key behind an address. Raises Http404 for what is not one."""
    key = parse(prefix, text)
    if key is None:
        raise Http404(text)
    return key
