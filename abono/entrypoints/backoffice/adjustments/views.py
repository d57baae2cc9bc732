"""The yearly adjustment: see what each customer pays before and after, do it, and take it back until it begins (CAT-13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from abono.domain.adjustments import queries as adjustments
from abono.domain.adjustments import rules
from abono.domain.adjustments.types import AdjustmentInfo, PartPrice
from abono.domain.approvals.errors import SecondPersonNeeded
from abono.entrypoints.backoffice.adjustments.forms import MONTHS, PARTS, Adjust, TakeBack
from abono.entrypoints.site import flash
from abono.entrypoints.site.design import csv_file
from abono.entrypoints.site.design.words import Text
from abono.entrypoints.site.files import makes_file
from abono.entrypoints.site.refusals import answered, refused
from abono.entrypoints.site.visit import SellersVisitor
from abono.flows.adjustments.apply import apply_adjustment, needs_second, rise_of, withdraw_line
from abono.flows.adjustments.preview import AHEAD, Effect, Fate, effects, preview_adjustment
from abono.flows.approvals.ask import ask_adjustment
from abono.flows.charges.rises import Waits
from abono.kernel.errors import Refusal
from abono.kernel.ids import parse, public
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
_WAITS: dict[Waits, Text] = {
    Waits.KEPT: gettext_lazy("its price was set too short before"),
    Waits.NOTICE: gettext_lazy("a rise is told 30 days before"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One contract of an adjustment."""

    effect: Effect
    contract: str
    prices: tuple[tuple[str, str, str], ...]
    factor: str
    fate: Text
    waits: Text
    taken_back: bool


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
    context = {"form": form, "refusal": refusal, "indexes": indexes, "earlier": adjustments.newest()}
    status = refusal.status if refusal else 422 if form.is_bound and form.errors else 200
    return render(request, "backoffice/adjustments/page.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def adjustment(request: SellersVisitor, adjustment_id: str) -> HttpResponse:
    """GET: what the preview says, and what became of it. POST: do exactly that."""
    key, refusal, now = _key("adj", adjustment_id), None, clock.now()
    if request.method == "POST" and request.POST.get("confirm") == "yes":
        try:
            fresh = apply_adjustment(adjustment_id=key, actor=request.staff.actor, now=now)
        except SecondPersonNeeded:
            asked = ask_adjustment(adjustment_id=key, why="", actor=request.staff.actor, now=now)
            flash.done(request, _("A second person is asked. Prices are adjusted when they agree."))
            return redirect("backoffice:approval", asked.public_id)
        except Refusal as no:
            refusal = refused(no)
        else:
            text = _("Done: the prices rise on their days, and the customers are told.")
            flash.done(request, text if fresh else _("This was applied before. Nothing was done again."))
            return redirect("backoffice:adjustment", adjustment_id)
    one = adjustments.get(key)
    found = effects(one, now=now)
    context = {
        "refusal": refusal,
        "unconfirmed": request.method == "POST" and refusal is None,
        "one": one,
        "rows": _rows(found),
        "factors": _factors(one, found),
        "difference": total([effect.difference for effect in found], one.currency),
        "by_year": any(price.a_year for effect in found for price in effect.prices),
        "rise": rise_of(found, one.currency),
        "before": total([effect.before for effect in found], one.currency),
        "after": total([effect.after for effect in found], one.currency),
        "needs_second": one.applied_at is None and needs_second(rise_of(found, one.currency), at=now),
    }
    status = refusal.status if refusal else 200
    return render(request, "backoffice/adjustments/adjustment.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@answered
def line(request: SellersVisitor, adjustment_id: str, contract_id: str) -> HttpResponse:
    """GET: one contract of it. POST: take its new prices back, with a reason."""
    key, contract, refusal = _key("adj", adjustment_id), _key("ctr", contract_id), None
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
    language, one = get_language() or "en", adjustments.get(_key("adj", adjustment_id))
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


def _key(prefix: str, text: str) -> UUID:
    """Raises Http404."""
    key = parse(prefix, text)
    if key is None:
        raise Http404(text)
    return key


def _rows(found: list[Effect]) -> list[Row]:
    language = get_language() or "en"
    return [
        Row(
            effect=one,
            contract=public("ctr", one.contract_id),
            prices=tuple(_price(price, one.before.currency, language) for price in one.prices),
            factor=formats.factor(one.factor, language),
            fate=FATES[one.fate],
            waits="" if one.waits is None else _WAITS[one.waits],
            taken_back=one.fate is Fate.WITHDRAWN,
        )
        for one in found
    ]


def _price(one: PartPrice, currency: str, language: str) -> tuple[str, str, str]:
    name = _("Software plan, a year") if one.a_year else str(PARTS[one.part])
    before, after = (
        formats.micro(micro, currency, language) for micro in (one.before_micro, one.after_micro)
    )
    return name, before, after


def _factors(one: AdjustmentInfo, found: list[Effect]) -> list[Factor]:
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
