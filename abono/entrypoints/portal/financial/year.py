"""Settings › Financial information › What was paid in a year: chosen, as a page, PDF and CSV."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from abono.entrypoints.site.design import csv_file
from abono.entrypoints.site.files import makes_file
from abono.entrypoints.site.refusals import answered
from abono.entrypoints.site.visit import Visitor
from abono.flows.documents.year import YearPaid, sentences, year_file, year_of
from abono.kernel.periods import local_date
from abono.platform import formats
from abono.platform.clock import shifted
from abono.platform.web import download


@require_safe
def page(request: Visitor) -> HttpResponse:
    visit = request.visit
    found = _found(request)
    query = urlencode({"year": found.year})
    context = {
        "found": found,
        "sentences": sentences(found, visit.language),
        "csv_url": f"{reverse('portal:year-csv')}?{query}",
        "pdf_url": f"{reverse('portal:year-pdf')}?{query}",
    }
    return render(request, "portal/financial/year.html", context)


@makes_file
@answered
def pdf(request: Visitor) -> HttpResponse:
    """The same on paper, in the language of the page."""
    visit = request.visit
    name, content = year_file(visit.customer, _year(request), visit.language, today=_today(request))
    return download.pdf(content, name)


@makes_file
def csv(request: Visitor) -> HttpResponse:
    """A row for each month of each contract."""
    found = _found(request)
    return csv_file.response(
        f"paid-{found.year}.csv",
        header=[
            _("Contract"),
            _("Month"),
            pgettext("sum", "Paid"),
            _("Went back"),
            _("Paid, less what went back"),
            _("Currency"),
        ],
        rows=_rows(found, request.visit.language),
        language=request.visit.language,
    )


def _rows(found: YearPaid, language: str) -> Iterator[list[csv_file.Cell]]:
    for one in found.contracts:
        for month in one.months:
            sums = (month.paid, month.back, month.rest)
            yield [
                one.number,
                formats.month(month.first, language),
                *(csv_file.decimal(each.minor, each.currency, language) for each in sums),
                one.currency,
            ]


def _found(request: Visitor) -> YearPaid:
    return year_of(request.visit.customer, _year(request), today=_today(request))


def _today(request: Visitor) -> date:
    return local_date(shifted(request.visit.now_offset_s), request.visit.time_zone)


def _year(request: Visitor) -> int:
    """The one that was chosen, else this one. Raises Http404 for what is none."""
    text, this = request.GET.get("year", ""), _today(request).year
    if not text:
        return this
    if not (len(text) == 4 and text.isascii() and text.isdigit() and 2000 <= int(text) <= this):
        raise Http404(text)
    return int(text)
