"""A billing run as its pages show it: how far it is, what it came to beside the run before, and what stands out of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from abono.domain.billing_runs.types import RunInfo
from abono.domain.customers import queries as customers
from abono.domain.invoicing import queries as invoices
from abono.domain.invoicing.labels import line_label
from abono.domain.invoicing.runs import Billed
from abono.domain.invoicing.states import LineKind, State
from abono.entrypoints.backoffice.metering.views import age
from abono.entrypoints.site.design.bars import UsageBar
from abono.entrypoints.site.design.charts import Bar, Chart
from abono.flows.billing.proof import NotTheSum, PeriodMissing, PeriodTwice
from abono.kernel.ids import public
from abono.kernel.money import Money
from abono.platform import formats


@dataclass(frozen=True, slots=True)
class Row:
    """A run in the list."""

    run: RunInfo
    took: str
    sums: list[Money]


@dataclass(frozen=True, slots=True)
class Part:
    """Lines of one kind, or all of them, of this run and of the one before."""

    what: str
    lines: int
    amount: Money
    before: Money


@dataclass(frozen=True, slots=True)
class InCurrency:
    """What was billed in one currency; `before` is None where the run before billed nothing in it."""

    billed: Billed
    total: Money
    before: Billed | None
    parts: list[Part]
    chart: Chart


@dataclass(frozen=True, slots=True)
class StandsOut:
    """An invoice that is far from the one of the cycle before; `waits` for its review."""

    customer: str
    url: str
    waits: bool
    before: Money
    after: Money


_WHY = {
    NotTheSum: gettext_lazy("The total of its invoice would not be the sum of the lines."),
    PeriodTwice: gettext_lazy("Another renewal has billed the package of the same cycle already."),
    PeriodMissing: gettext_lazy("Its cycle does not begin where the one before it ended, or has no balance."),
}
_OF = {kind.__name__: why for kind, why in _WHY.items()}


def why(reason: str) -> tuple[str, str]:
    """Why a renewal was given up, in words, and as it is in the agenda: the name of the fault, and what that said."""
    name = reason.partition(":")[0]
    return str(_OF.get(name, _("An unexpected fault. The log tells more of it, at that moment."))), reason


def row(run: RunInfo) -> Row:
    return Row(run, took(run), [Money(one.total_minor, one.currency) for one in run.billed])


def took(run: RunInfo) -> str:
    return age(timedelta(seconds=run.took_s))


def progress(run: RunInfo, language: str) -> UsageBar:
    """Of all that it had to do, what is done."""
    whole = run.done + run.left + run.again
    amount = _("{done} of {all} renewed").format(
        done=formats.number(run.done, language), all=formats.number(whole, language)
    )
    note = _("{rate} a second").format(rate=formats.number(round(run.rate), language))
    return UsageBar(
        title=_("Progress"), amount=amount, note=note, used=run.done, own=whole, scale=max(whole, 1)
    )


def in_currencies(run: RunInfo, before: RunInfo | None, language: str) -> list[InCurrency]:
    earlier = {one.currency: one for one in before.billed} if before else {}
    return [_in_currency(one, earlier.get(one.currency), language) for one in run.billed]


def _in_currency(billed: Billed, before: Billed | None, language: str) -> InCurrency:
    currency = billed.currency
    had = {one.kind: one.minor for one in before.kinds} if before else {}
    parts = [
        Part(
            line_label(LineKind(one.kind), "", language),
            one.lines,
            Money(one.minor, currency),
            Money(had.get(one.kind, 0), currency),
        )
        for one in billed.kinds
    ]
    chart = Chart(
        id=f"kinds-{currency}",
        title=_("By kind of line, {currency}").format(currency=currency),
        summary=_("In colour this run, in grey the one before, in the order of the table below."),
        bars=_bars(parts, language),
        columns=(gettext_lazy("Kind of line"), gettext_lazy("Amount")),
    )
    return InCurrency(billed, Money(billed.total_minor, currency), before, parts, chart)


def _bars(parts: Sequence[Part], language: str) -> tuple[Bar, ...]:
    """Of each kind what it came to before and now, side by side; what was taken off has no bar."""
    bars = []
    for part in parts:
        for amount, past in ((part.before, True), (part.amount, False)):
            name = _("{what}, the run before").format(what=part.what) if past else part.what
            shown = formats.money(amount, language)
            bars.append(Bar(name=name, value=max(amount.minor, 0), shown=shown, past=past))
    return tuple(bars)


def standing_out(run: RunInfo) -> list[StandsOut]:
    """Those that wait for their review first: they can still be held back."""
    names = customers.several({one.customer_id for one in run.far})
    states = invoices.states({one.invoice_id for one in run.far})
    found = []
    for one in run.far:
        waits = states.get(one.invoice_id) is State.DRAFT
        url = reverse(f"backoffice:{'draft' if waits else 'invoice'}", args=[public("inv", one.invoice_id)])
        amounts = (Money(minor, one.currency) for minor in (one.before_minor, one.after_minor))
        found.append(StandsOut(names[one.customer_id].legal_name, url, waits, *amounts))
    return sorted(found, key=lambda one: not one.waits)
