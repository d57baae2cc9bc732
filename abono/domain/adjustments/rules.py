"""What can be read as values of an index, and whether a list of months has a gap. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from decimal import Decimal

from abono.domain.adjustments.errors import MonthTwice, MonthWrong
from abono.kernel.periods import add_months

MOST_PERCENT = Decimal(100)
_LINE = re.compile(
    r"(?:([12][0-9]{3})-([0-9]{2})|([0-9]{2})/([12][0-9]{3}))"
    r"\s*[;,\t ]\s*([+-]?[0-9]{1,3}(?:[.,][0-9]{1,4})?)\s*%?(?:[;,\t].*)?"
)
_HEADING = re.compile(r"[^\d]*")


def read(text: str) -> dict[date, Decimal]:
    """Lines of a month and its percent, `2026-01;0,33` or `01/2026,0.33`; headings, empty lines and further columns are left
    out. Raises MonthWrong, MonthTwice."""
    found: dict[date, Decimal] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        row = line.strip().replace('"', "").strip("\ufeff")
        if not row or (number == 1 and _HEADING.fullmatch(row)):
            continue
        for month, percent in _values(number, row):
            if found.setdefault(month, percent) != percent:
                raise MonthTwice(f"{month:%Y-%m}")
    return found


def _values(number: int, row: str) -> Iterator[tuple[date, Decimal]]:
    parts = _LINE.fullmatch(row)
    try:
        if parts is None:
            raise ValueError
        year, month = int(parts[1] or parts[4]), int(parts[2] or parts[3])
        yield date(year, month, 1), within(Decimal(parts[5].replace(",", ".")))
    except ValueError:
        raise MonthWrong(number, row[:60]) from None


def within(percent: Decimal) -> Decimal:
    """The same. Raises ValueError for what no index says of a month."""
    if not (-MOST_PERCENT < percent <= MOST_PERCENT) or percent != round(percent, 4):
        raise ValueError(percent)
    return percent


def gap(months: Collection[date]) -> date | None:
    """The first month that is missing between the first and the last."""
    month = min(months)
    while month in months:
        month = add_months(month, 1)
    return month if month < max(months) else None


def spanned(first: date, last: date) -> list[date]:
    """Both with all between."""
    found = [first]
    while found[-1] < last:
        found.append(add_months(found[-1], 1))
    return found


def of(values: Mapping[date, Decimal], first: date, last: date) -> list[Decimal] | None:
    """Their percents; None where one of them is not known."""
    months = spanned(first, last)
    return [values[one] for one in months] if all(one in values for one in months) else None


def rate_of(percent: Decimal) -> int:
    """In millionths: 0.33 % is 3,300."""
    return int(percent.scaleb(4))


def percent_of(rate_micro: int) -> Decimal:
    return Decimal(rate_micro).scaleb(-4)
