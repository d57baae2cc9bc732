"""Taxes of lines: on top, a line for each rate; inside the price, told and not added (INV-7).

The seller keeps the rates as a dated setting, which is never changed for the past: those of the day on which a line's period
begins hold for it, so that what is taken back later has the same tax.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from fractions import Fraction

from abono.domain.customers.rules import is_person
from abono.domain.invoicing.states import UNTAXED, FiscalType, LineKind
from abono.domain.invoicing.types import Included, InvoiceDetail, LineCredit, LineDetail, NewLine, Taxed
from abono.domain.settings import queries as settings
from abono.domain.settings.fiscal import FiscalCode, TaxRate
from abono.domain.settings.known import FISCAL_CODES, TAXES
from abono.kernel.money import MICRO, Money
from abono.kernel.periods import Period
from abono.kernel.rating import to_micro
from abono.kernel.taxes import contained, share


def taxed(lines: Sequence[NewLine], country: str, tax_id: str) -> list[NewLine]:
    """The lines, and what is on top of them: one line for each rate, on all that it is on, rounded once. Lines that have
    their taxes already stay as they are."""
    if any(line.kind is LineKind.TAX for line in lines):
        return list(lines)
    on: dict[tuple[TaxRate, FiscalType], list[int]] = {}
    for place, line in enumerate(lines, start=1):
        if line.kind in UNTAXED:
            continue
        for rate in _rates(country, tax_id, line.fiscal_type, line.period.start):
            if rate.way == "on_top":
                on.setdefault((rate, line.fiscal_type), []).append(place)
    found = [_line(rate, fiscal, places, lines) for (rate, fiscal), places in on.items()]
    return [*lines, *(line for line in found if line.amount.minor)]


def load(line: NewLine, country: str, tax_id: str) -> Fraction:
    """How many times its amount a line asks for, with what is on top of it."""
    rates = _rates(country, tax_id, line.fiscal_type, line.period.start)
    return 1 + Fraction(sum(rate.rate_micro for rate in rates if rate.way == "on_top"), MICRO)


def included(lines: Iterable[LineDetail], country: str, tax_id: str) -> tuple[Included, ...]:
    """What is inside the prices of lines, by the rates of their days."""
    bases: dict[tuple[TaxRate, FiscalType], int] = {}
    for line in lines:
        if line.kind not in UNTAXED:
            for rate in _rates(country, tax_id, line.fiscal_type, line.period_start):
                if rate.way != "on_top":
                    key = rate, line.fiscal_type
                    bases[key] = bases.get(key, 0) + line.amount_minor
    ways = {"included": contained, "of_price": share}
    return tuple(
        Included(rate.name, rate.rate_micro, base, ways[rate.way](base, rate.rate_micro), fiscal)
        for (rate, fiscal), base in bases.items()
    )


def with_taxes(invoice: InvoiceDetail, lines: Sequence[LineCredit]) -> list[LineCredit]:
    """What is taken back of lines with its tax, so that of all that was ever taken back of them all of the tax is. A line of
    a tax that somebody names is taken as it is said."""
    there = {line.position: line for line in invoice.lines}
    named = {one.position: one.amount_minor for one in lines}
    if any(there[place].kind is LineKind.TAX for place in named if place in there):
        return list(lines)
    found = list(lines)
    room = invoice.total_minor - sum(line.credited_minor for line in invoice.lines) - sum(named.values())
    for line in invoice.lines:
        how = line.calculation
        if isinstance(how, Taxed) and any(place in named for place in how.lines):
            base = sum(there[place].credited_minor + named.get(place, 0) for place in how.lines)
            back = min(share(base, how.rate_micro), line.amount_minor) - line.credited_minor
            back = min(back, room)
            if back > 0:
                found.append(LineCredit(line.position, back))
                room -= back
    return found


def codes(fiscal_type: FiscalType, kind: LineKind, at: datetime) -> FiscalCode | None:
    """How the tax office calls a supply of this type on a day: as is said of lines of its kind, else of all others."""
    kept: tuple[FiscalCode, ...] = settings.snapshot().value(FISCAL_CODES, at=at)
    its = [one for one in kept if one.fiscal_type == fiscal_type.value and one.kind in ("", kind.value)]
    return max(its, key=lambda one: one.kind, default=None)


def ask_for_buyers() -> bool:
    """Whether any rate that was ever set is for persons or for companies alone."""
    kept = (one.value for one in settings.snapshot().values if one.key == TAXES.key)
    return any(rate.buyer is not None for value in kept if value is not None for rate in TAXES.read(value))


def buyer_kind(country: str, tax_id: str) -> str:
    """What of a buyer, beside their country, their taxes go by: "person" or "company"."""
    return "person" if is_person(country, tax_id) else "company"


def _rates(country: str, tax_id: str, fiscal_type: FiscalType, at: datetime) -> Iterable[TaxRate]:
    kept: tuple[TaxRate, ...] = settings.snapshot().value(TAXES, at=at)
    wanted = country, fiscal_type.value
    found = [one for one in kept if (one.country, one.fiscal_type) == wanted]
    if all(one.buyer is None for one in found):
        return found  # what a buyer is costs more to say
    kind = buyer_kind(country, tax_id)
    return [one for one in found if one.buyer in (None, kind)]


def _line(rate: TaxRate, fiscal: FiscalType, places: Sequence[int], lines: Sequence[NewLine]) -> NewLine:
    on = [lines[place - 1] for place in places]
    base = sum(line.amount.minor for line in on)
    amount = Money(share(base, rate.rate_micro), on[0].amount.currency)
    period = Period(min(line.period.start for line in on), max(line.period.end for line in on))
    how = Taxed(base, rate.rate_micro, tuple(places))
    return NewLine(LineKind.TAX, rate.name, period, 1, to_micro(amount), amount, how, fiscal)
