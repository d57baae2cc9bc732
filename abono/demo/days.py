"""What a small company sends on one day: which routes, when, how much. Seeded: the same day is always the same."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from abono.domain.catalog.types import RouteKey
from abono.kernel.periods import Period, local_date

WEEKDAYS = (100, 104, 98, 110, 122, 46, 14)  # Monday to Sunday, as weights
CAMPAIGN = 3  # so many times the usual on the day of a campaign
OPENS, CLOSES = time(8), time(20)
REJECTED_PERCENT = 3
AT_WORK = {8: 40, 9: 70, 10: 90, 11: 100, 12: 60, 13: 55, 14: 85, 15: 100, 16: 80, 17: 45, 18: 0}
"""By the hour: of a company's people who are in the software, at the most, in percent."""
CONTACTS = 260  # people that one company is in touch with
KINDS = {  # of contact events, as weights
    "contact_message": 50,
    "company_started": 20,
    "mass_send_answered": 18,
    "agent_action": 7,
    "automatic_reply": 5,
}


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a company's life: from the first moment at which it can send to the last."""

    slug: str
    zone: str
    period: Period

    def hours(self, day: date) -> tuple[datetime, datetime] | None:
        """When the company is open on that day; None when that is less than half an hour."""
        opens = datetime.combine(day, OPENS, ZoneInfo(self.zone)).astimezone(UTC)
        closes = datetime.combine(day, CLOSES, ZoneInfo(self.zone)).astimezone(UTC)
        opens, closes = max(opens, self.period.start), min(closes, self.period.end)
        return (opens, closes) if closes - opens >= timedelta(minutes=30) else None

    def days(self) -> dict[date, int]:
        """Each day on which it is open, with its weight; one of them has a campaign."""
        dice = self.dice(self.period.start.isoformat())
        day, last = (local_date(moment, self.zone) for moment in (self.period.start, self.period.end))
        weights = {}
        while day <= last:
            if self.hours(day) is not None:
                weights[day] = WEEKDAYS[day.weekday()] * dice.randint(85, 115)
            day += timedelta(days=1)
        if weights:
            working = [day for day in weights if day.weekday() < 5]
            weights[dice.choice(working or list(weights))] *= CAMPAIGN
        return weights

    def dice(self, what: str) -> random.Random:
        return random.Random(f"abono {self.slug} {what}")  # noqa: S311 – it only has to look alive

    def at_work(self) -> Iterator[tuple[datetime, int]]:
        """Each full hour of its working days, with the share of its people who are in the software, in percent."""
        for day in (day for day in self.days() if day.weekday() < 5):
            dice, hours = self.dice(f"people {day}"), self.hours(day)
            for hour, most in AT_WORK.items():
                at = datetime.combine(day, time(hour), ZoneInfo(self.zone)).astimezone(UTC)
                share = most * dice.randint(85, 100) // 100
                if hours is not None and hours[0] <= at < hours[1]:
                    yield at, share


@dataclass(frozen=True, slots=True)
class Send:
    id: UUID
    route: RouteKey
    price_micro: int
    at: datetime
    rejected: bool


@dataclass(frozen=True, slots=True)
class Touch:
    """One event between a contact and the company."""

    id: UUID
    contact: str
    channel: str
    kind: str
    at: datetime


def sends(
    span: Span, day: date, *, budget_micro: int, mix: Mapping[RouteKey, int], prices: Mapping[RouteKey, int]
) -> list[Send]:
    """Sends of one day, in order, that cost about `budget_micro` together.

    mix       weights of the routes
    prices    millionths for each of them
    """
    hours = span.hours(day)
    if hours is None:
        return []
    dice = span.dice(f"sends {day}")
    chosen: list[RouteKey] = []
    spent = 0
    routes, weights = list(mix), list(mix.values())
    while spent < budget_micro:
        [route] = dice.choices(routes, weights)
        spent += prices[route]
        chosen.append(route)
    moments = sorted(_moment(dice, hours) for _ in chosen)
    return [
        Send(id_at(dice, at), route, prices[route], at, dice.randrange(100) < REJECTED_PERCENT)
        for route, at in zip(chosen, moments, strict=True)
    ]


def touches(span: Span, day: date, *, count: int, mix: Mapping[RouteKey, int]) -> list[Touch]:
    """So many contact events of one day, in order."""
    hours = span.hours(day)
    if hours is None:
        return []
    dice = span.dice(f"touches {day}")
    channels = sorted({channel for channel, _kind, _country in mix})
    kinds, weights = list(KINDS), list(KINDS.values())
    found = []
    for at in sorted(_moment(dice, hours) for _ in range(count)):
        contact = f"{span.slug}-{dice.randrange(CONTACTS):03d}"
        [kind] = dice.choices(kinds, weights)
        found.append(Touch(id_at(dice, at), contact, dice.choice(channels), kind, at))
    return found


def id_at(dice: random.Random, at: datetime) -> UUID:
    """A UUIDv7 of that moment, so that rows lie by time; its random part comes from the dice."""
    stamp = int(at.timestamp() * 1000)
    return UUID(int=stamp << 80 | 7 << 76 | dice.getrandbits(12) << 64 | 2 << 62 | dice.getrandbits(62))


def _moment(dice: random.Random, hours: tuple[datetime, datetime]) -> datetime:
    """Most is sent in the middle of the day."""
    return hours[0] + (hours[1] - hours[0]) * dice.triangular(0, 1, 0.4)
