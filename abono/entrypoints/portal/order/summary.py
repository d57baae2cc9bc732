"""The box beside an order: the first charge line by line, and what comes after it (CON-2)."""

from __future__ import annotations

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from abono.domain.catalog.labels import package_name
from abono.domain.invoicing.labels import line_label, sentence
from abono.domain.invoicing.states import LineKind
from abono.domain.invoicing.types import Calculation, NewLine
from abono.flows.charges.months import Trial
from abono.flows.signup.quote import Quote
from abono.kernel.errors import Refusal
from abono.platform import formats


def summary(offer: Quote | None) -> dict[str, object]:
    """What the page of an order, of its payment and of its waiting put into the box."""
    if offer is None:
        return {"offer": None}
    language = get_language() or "en"
    monthly, yearly = ({line.kind for line in lines} for lines in (offer.monthly, offer.yearly))
    lines = [
        (
            line_label(line.kind, line.name, language),
            formats.money(line.amount, language),
            _how_long(offer, line, language, monthly=line.kind in monthly, yearly=line.kind in yearly),
        )
        for line in offer.first
    ]
    return {
        "offer": offer,
        "lines": lines,
        "total": formats.money(offer.first_total, language),
        "trial": None if offer.trial is None else _trial(offer.trial, offer, language),
        "monthly": formats.money(offer.monthly_total, language),
        "yearly": formats.money(offer.yearly_total, language) if offer.yearly else "",
        "between": _between(offer, language),
        "without": offer.discount is not None and offer.discount.cycles is not None,
        "first_ends": ""
        if offer.ends is None
        else _(
            "The first cycle ends with the month, on {day}, and costs its days; then it is each calendar month."
        ).format(day=formats.long_day(offer.ends, language)),
        "package_name": package_name(offer.package.code, language),
        "coupon_refused": _said(offer.refused),
        "unsold": _said(offer.unsold),
    }


def _said(no: Refusal | None) -> str:
    return "" if no is None else _(no.message).format(**no.facts)


def _between(offer: Quote, language: str) -> tuple[str, str] | None:
    """How often what comes with the coupon after today, and how much that is; None where it is once or always."""
    if not offer.between or offer.discount is None or offer.discount.cycles is None:
        return None
    times = offer.discount.cycles - 1
    said = ngettext(
        "Then, {times} month with the coupon", "Then, {times} months with the coupon, each", times
    )
    amount = formats.money(offer.between_total, language)
    return said.format(times=formats.number(times, language)), amount


def _trial(trial: Trial, offer: Quote, language: str) -> dict[str, object]:
    """What the first days cost, and who bears their sends (INV-10)."""
    bears = {
        "seller": _(
            "In the trial you can send for {share} of the package at no cost; sends beyond that wait until it ends."
        ),
        "package": _(
            "In the trial the whole package is there at no cost; sends beyond it come on the first invoice."
        ),
        "customer": _("Sends of the trial come on the first invoice, at the session prices."),
    }[trial.sends]
    return {
        "days": trial.days,
        "today": formats.money(offer.today, language),
        "begins": formats.long_day(trial.until, language),
        "last": formats.long_day(trial.last, language),
        "sends": bears.format(share=formats.percent(trial.percent, language)),
    }


def _how_long(offer: Quote, line: NewLine, language: str, *, monthly: bool, yearly: bool) -> str:
    if isinstance(line.calculation, Calculation) and line.calculation.of:
        label = line_label(line.kind, line.name, language)
        return sentence(label, line.calculation, line.amount, language)
    cycles = 0 if offer.discount is None or line.amount.minor >= 0 else offer.discount.cycles or 0
    if yearly:
        return _("every year")
    if cycles > 1 and not (offer.what.by_year and line.kind is LineKind.PLAN_DISCOUNT):
        return _("for {months} months").format(months=cycles)
    return _("every month") if monthly else _("once")
