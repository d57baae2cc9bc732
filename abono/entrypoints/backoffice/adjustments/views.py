"""The yearly adjustment: see what each customer pays before and after, do it, and take it back until it begins (CAT-13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from abono.domain.adjustments import queries as adjustments
from abono.domain.adjustments import rules
from abono.domain.adjustments.types import AdjustmentInfo, PartPrice
from abono.entrypoints.backoffice.adjustments.forms import MONTHS, PARTS, Adjust, TakeBack
from abono.entrypoints.backoffice.price_moves import pages
from abono.entrypoints.backoffice.price_moves.pages import WAITS, Pages
from abono.entrypoints.site import flash
from abono.entrypoints.site.design import csv_file
from abono.entrypoints.site.design.words import Text
from abono.entrypoints.site.files import makes_file
from abono.entrypoints.site.refusals import answered, refused
from abono.entrypoints.site.visit import SellersVisitor
from abono.flows.adjustments.kind import ADJUSTMENTS
from abono.flows.adjustments.preview import AHEAD, Adjusted, Fate, effects, preview_adjustment
from abono.flows.adjustments.withdraw import withdraw_line
from abono.kernel.errors import Refusal
from abono.kernel.ids import public
from abono.kernel.money import total
from abono.platform import clock, formats

FATES: dict[Fate, Text] = {
    Fate.SEEN: gettext_lazy("nothing is done yet"),
    Fate.STAYS: gettext_lazy("the index did not rise: its prices stay"),
    Fate.WAITS: gettext_lazy("told, and to begin"),
    Fate.BEGUN: gettext_lazy("begun"),
    Fate.LAPSED: gettext_lazy("it has another plan or package since, at the price of the catalog"),
    Fate.WITHDRAWN: pgettext_lazy("adjustment", "taken back"),
    Fate.ENDED: gettext_lazy("the contract has ended"),
}
MOVES = Pages(
    kind=ADJUSTMENTS,
    url="adjustment",
    file="adjustment-csv",
    template="backoffice/adjustments/adjustment.html",
    asked=gettext_lazy("A second person is asked. Prices are adjusted when they agree."),
    done=gettext_lazy("Done: the prices rise on their days, and the customers are told."),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One contract of an adjustment."""

    effect: Adjusted
    contract: str
    prices: tuple[tuple[str, str, str], ...]
    factor: str
    fate: Text
    waits: Text


@dataclass(frozen=True, slots=True)
class Factor:
    """How a factor came about: its months in percent, and what they make up."""

    first: date
    last: date
    months: tuple[tuple[date, str], ...]
    product: str


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SellersVisitor) -> HttpResponse:
    """GET: choose, and what was previewed before. POST: make a preview; nothing is changed by it."""
    now, refusal, language = clock.now(), None, get_language() or "en"
    indexes = adjustments.indexes()
    posted = request.POST if request.method == "POST" else None
    form = Adjust(posted, indexes=indexes, until=now.date() + AHEAD, language=language)
    if form.is_valid():
        told = form.cleaned_data
        try:
            made = preview_adjustment(
                index=told["index"],
                currency=told["currency"],
                months=next(one for one in MONTHS if one.value == told["months"]),
                parts=[one for one in PARTS if one.value in told["parts"]],
                until=told["until"],
                contract_ids=form.contract_ids,
                actor=request.staff.actor,
                now=now,
            )
            return redirect("backoffice:adjustment", adjustments.get(made).public_id)
        except Refusal as no:
            refusal = refused(no)
    context = {
        "form": form,
        "refusal": refusal,
        "indexes": indexes,
        "earlier": [MOVES.listed(one, f"{one.index_name}, {one.currency}") for one in adjustments.newest()],
        "what": _("Index"),
    }
    status = refusal.status if refusal else 422 if form.is_bound and form.errors else 200
    return render(request, "backoffice/adjustments/page.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def adjustment(request: SellersVisitor, adjustment_id: str) -> HttpResponse:
    """GET: what the preview says, and what became of it. POST: do exactly that."""
    key = pages.key("adj", adjustment_id)

    def shown(now: datetime) -> dict[str, Any]:
        one = adjustments.get(key)
        found = effects(one, now=now)
        return {
            "one": one,
            "effects": found,
            "rows": _rows(found),
            "what": _("Prices"),
            "factors": _factors(one, found),
            "rise": total([effect.change for effect in found], one.currency),
            "back": reverse("backoffice:adjustments"),
        }

    return MOVES.preview(request, key, shown)


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def line(request: SellersVisitor, adjustment_id: str, contract_id: str) -> HttpResponse:
    """GET: one contract of it. POST: take its new prices back, with a reason."""
    key, contract, refusal = pages.key("adj", adjustment_id), pages.key("ctr", contract_id), None
    adjustments.line(key, contract)
    form = TakeBack(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            withdraw_line(
                adjustment_id=key,
                contract_id=contract,
                why=form.cleaned_data["why"],
                actor=request.staff.actor,
                now=clock.now(),
            )
        except Refusal as no:
            refusal = refused(no)
        else:
            flash.done(request, _("Taken back, and told to the customer: what was paid before goes on."))
            return redirect("backoffice:adjustment", adjustment_id)
    one = adjustments.get(key)
    [row] = [row for row in _rows(effects(one, now=clock.now())) if row.effect.contract_id == contract]
    context = {"form": form, "refusal": refusal, "one": one, "row": row}
    status = refusal.status if refusal else 422 if form.is_bound and form.errors else 200
    return render(request, "backoffice/adjustments/line.html", context, status=status)


@makes_file
@answered
def csv(request: SellersVisitor, adjustment_id: str) -> HttpResponse:
    """The same as a file, a line for each price of each contract."""
    language, one = get_language() or "en", adjustments.get(pages.key("adj", adjustment_id))
    found = effects(one, now=clock.now())

    def amount(micro: int) -> str:
        return csv_file.decimal_price(micro, one.currency, language)

    return csv_file.response(
        f"adjustment-{adjustment_id}.csv",
        header=[
            _("Customer"),
            _("Contract"),
            _("From"),
            _("Index"),
            _("Months from"),
            _("Months to"),
            _("Factor"),
            _("Price"),
            _("Currency"),
            _("Before"),
            _("After"),
            _("State"),
            _("Reason"),
        ],
        rows=[
            [
                row.effect.customer,
                row.effect.number,
                row.effect.day,
                one.index,
                f"{row.effect.first_month:%Y-%m}",
                f"{row.effect.last_month:%Y-%m}",
                row.factor,
                str(PARTS[price.part]),
                one.currency,
                amount(price.before_micro),
                amount(price.after_micro),
                str(row.fate),
                row.effect.why,
            ]
            for row in _rows(found)
            for price in row.effect.prices
        ],
        language=language,
    )


def _rows(found: list[Adjusted]) -> list[Row]:
    language = get_language() or "en"
    return [
        Row(
            effect=one,
            contract=public("ctr", one.contract_id),
            prices=tuple(_price(price, one.before.currency, language) for price in one.prices),
            factor=formats.factor(one.factor, language),
            fate=FATES[one.fate],
            waits=WAITS[one.waits],
        )
        for one in found
    ]


def _price(one: PartPrice, currency: str, language: str) -> tuple[str, str, str]:
    name = _("Software plan, a year") if one.a_year else str(PARTS[one.part])
    before, after = (
        formats.micro(micro, currency, language) for micro in (one.before_micro, one.after_micro)
    )
    return name, before, after


def _factors(one: AdjustmentInfo, found: list[Adjusted]) -> list[Factor]:
    """Each that the adjustment has, once."""
    language, known = get_language() or "en", adjustments.index(one.index)
    values = {value.month: value.percent for value in known.values}
    spans = {(effect.first_month, effect.last_month): effect.factor for effect in found}
    return [
        Factor(
            first,
            last,
            tuple(
                (month, formats.rate(rules.rate_of(values[month]), language))
                for month in rules.spanned(first, last)
            ),
            formats.factor(product, language),
        )
        for (first, last), product in spans.items()
    ]
