"""Which rates hold for a buyer on a day, and what is withheld by them. Pure decisions (PAY-6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from abono.domain.withholding.types import RateInfo
from abono.kernel.withheld import Withholding

type Bases = Mapping[tuple[str, bool], int]
"""What an invoice asks for, by fiscal type and whether it is a tax on top."""


def in_force(rates: Iterable[RateInfo], day: date) -> list[RateInfo]:
    """The newest of each that has begun; `rates` in the order in which they were set."""
    found: dict[tuple[str, str, str, str], RateInfo] = {}
    for one in sorted(rates, key=lambda one: one.from_date):
        if one.from_date <= day:
            found[one.name, one.country, one.buyer, one.fiscal_type] = one
    return list(found.values())


def of_buyer(
    everybodys: Iterable[RateInfo], own: Iterable[RateInfo], *, country: str, buyer: str, day: date
) -> list[RateInfo]:
    """What a buyer must withhold, also where it is 0 %: their own rate of a tax wins, and of everybody's the narrowest: that of
    their country before that of any, then that of such buyers before that of all."""
    theirs = [one for one in in_force(own, day) if one.percent is not None]
    named = {one.name for one in theirs}
    found: dict[tuple[str, str], RateInfo] = {}
    for one in sorted(in_force(everybodys, day), key=lambda one: (bool(one.country), bool(one.buyer))):
        if one.name not in named and one.country in ("", country) and one.buyer in ("", buyer):
            found[one.name, one.fiscal_type] = one
    return [*found.values(), *theirs]


def withholdings(rates: Iterable[RateInfo], bases: Bases) -> list[Withholding]:
    """By the rates, of what an invoice asks for; what is not worth withholding is left out. One of all lines is not of those for
    which there is another of its name."""
    rates = list(rates)
    narrow = {(one.name, one.of_tax, one.fiscal_type) for one in rates}
    found = []
    for rate in rates:
        name, of_tax = rate.name, rate.of_tax
        on = sum(
            minor
            for (fiscal_type, tax), minor in bases.items()
            if tax == of_tax
            and (
                rate.fiscal_type == fiscal_type
                or (not rate.fiscal_type and (name, of_tax, fiscal_type) not in narrow)
            )
        )
        one = Withholding(name, rate.rate_micro, on)
        if one.minor > rate.free_up_to_minor:
            found.append(one)
    return found
