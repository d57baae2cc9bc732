"""Days on which Brazilian banks work: Monday to Friday but for national holidays, Carnival and Corpus Christi.

Ash Wednesday and the eves of Christmas and New Year are bank days: banks clear. Holidays of states and towns are none of
the clearing's. 20 November is national since 2024 (Lei 14.759/2023).
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

_FIXED = ((1, 1), (4, 21), (5, 1), (9, 7), (10, 12), (11, 2), (11, 15), (12, 25))
_AROUND_EASTER = (-48, -47, -2, 60)  # Monday and Tuesday of Carnival, Good Friday, Corpus Christi
_BLACK_AWARENESS_SINCE = 2024


def is_bank_day(day: date) -> bool:
    return day.weekday() < 5 and day not in holidays(day.year)


def bank_day(day: date) -> date:
    """The day itself, or the next one on which banks work."""
    while not is_bank_day(day):
        day += timedelta(days=1)
    return day


def bank_days_after(day: date, count: int) -> date:
    """`count` bank days later; the day itself for none."""
    for _ in range(count):
        day = bank_day(day + timedelta(days=1))
    return day


@lru_cache(maxsize=64)
def holidays(year: int) -> frozenset[date]:
    found = {date(year, month, day) for month, day in _FIXED}
    found |= {easter(year) + timedelta(days=days) for days in _AROUND_EASTER}
    if year >= _BLACK_AWARENESS_SINCE:
        found.add(date(year, 11, 20))
    return frozenset(found)


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar: the Sunday after the first full moon of spring, as the Church counts it."""
    century = year // 100
    golden = year % 19
    moved = (8 * century + 13) // 25  # the moon's correction of the calendar
    moon = (19 * golden + century - century // 4 - moved + 15) % 30
    moon -= moon // 28 * (1 - moon // 28 * (29 // (moon + 1)) * ((21 - golden) // 11))
    weekday = (year + year // 4 + moon + 2 - century + century // 4) % 7
    sunday = moon - weekday
    month = 3 + (sunday + 40) // 44
    return date(year, month, sunday + 28 - 31 * (month // 4))
