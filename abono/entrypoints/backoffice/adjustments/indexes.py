"""What prices are adjusted by, month by month: entered, pasted from a file, and taken along as one (CAT-13)."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from abono.domain.adjustments import queries as adjustments
from abono.domain.adjustments.errors import NoSuchIndex
from abono.domain.adjustments.types import IndexInfo
from abono.entrypoints.backoffice.adjustments.forms import NewIndex, Values
from abono.entrypoints.site import flash
from abono.entrypoints.site.design import csv_file
from abono.entrypoints.site.files import makes_file
from abono.entrypoints.site.refusals import Refused, refused
from abono.entrypoints.site.visit import SellersVisitor
from abono.flows.adjustments.months import write_months
from abono.kernel.errors import Refusal
from abono.platform import clock, formats


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SellersVisitor) -> HttpResponse:
    """GET: all indexes. POST: make one, or give more months to one that is there."""
    form, refusal = NewIndex(request.POST if request.method == "POST" else None), None
    if form.is_valid():
        try:
            return _write(request, form.cleaned_data["code"], form.cleaned_data["name"], form)
        except Refusal as no:
            refusal = refused(no)
    context = {"form": form, "refusal": refusal, "indexes": adjustments.indexes()}
    return render(request, "backoffice/adjustments/indexes.html", context, status=_status(form, refusal))


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: SellersVisitor, code: str) -> HttpResponse:
    """GET: its months. POST: add some, or put right those that no price was adjusted with."""
    found, refusal = _index(code), None
    form = Values(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            return _write(request, found.code, "", form)
        except Refusal as no:
            refusal = refused(no)
    language = get_language() or "en"
    context = {
        "form": form,
        "refusal": refusal,
        "index": found,
        "months": [
            (one.month, formats.percent(int(one.percent.scaleb(4)), language, decimals=4), one.used)
            for one in reversed(found.values)
        ],
    }
    return render(request, "backoffice/adjustments/index.html", context, status=_status(form, refusal))


@makes_file
def csv(request: SellersVisitor, code: str) -> HttpResponse:
    """Its months as a file, which can be pasted again as it is."""
    found, language = _index(code), get_language() or "en"
    comma = language != "en"
    return csv_file.response(
        f"index-{found.code}.csv",
        header=[_("Month"), _("Percent")],
        rows=[
            [f"{one.month:%Y-%m}", str(one.percent).replace(".", ",") if comma else str(one.percent)]
            for one in found.values
        ],
        language=language,
    )


def _write(request: SellersVisitor, code: str, name: str, form: Values) -> HttpResponse:
    found, new = write_months(
        code=code, name=name, values=form.read, actor=request.staff.actor, now=clock.now()
    )
    text = ngettext("One value was written.", "%(new)s values were written.", new) % {"new": new}
    flash.done(request, text if new else _("All of that stood there already. Nothing was changed."))
    return redirect("backoffice:index", found.code)


def _index(code: str) -> IndexInfo:
    """Raises Http404."""
    try:
        return adjustments.index(code)
    except NoSuchIndex as no:
        raise Http404(code) from no


def _status(form: Values, refusal: Refused | None) -> int:
    return refusal.status if refusal else 422 if form.is_bound and form.errors else 200
