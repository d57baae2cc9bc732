"""Which card a machine asks for an invoice, and when (PAY-8). Pure decisions, on the customer's clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from abono.domain.payments.ports.port import Decline, Retry
from abono.domain.payments.types import Card

WITHIN = timedelta(days=30)
MOST_DECLINES = 8
"""A card that said no so often WITHIN is asked by no machine until less of it is that new: below what card schemes allow. It
is not asked for an invoice later than WITHIN after its first no to that."""


@dataclass(frozen=True, slots=True)
class Declined:
    """What a card said no to.

    every      for whatever invoice, whoever asked, oldest first; as far as it is WITHIN
    first_at   of what machines asked for the invoice; None where they did not
    last_at    the same
    """

    every: Sequence[datetime] = ()
    first_at: datetime | None = None
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Try:
    """What comes next: this card is asked at that moment, at once where it has passed."""

    card: Card
    at: datetime


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for the customer.

    days         after its first no on which a card is asked again, in order
    zone         in whose days
    not_before   no card is asked before: the days that pass until then count as that moment; None where nobody waits
    """

    days: tuple[int, ...]
    zone: str
    not_before: datetime | None = None


def after_answer(card: Card, decline: Decline | None, *, now: datetime) -> tuple[str, datetime | None]:
    """`stopped` and `ask_from` of a card once it has answered; None: it has paid.

    A yes opens it again, but where its holder ended what they had agreed to; a no stops it, or says how long to wait.
    """
    if card.stopped == Retry.MANDATE.value:
        return card.stopped, card.ask_from
    if decline is None:
        return "", None
    if decline.retry is not Retry.LATER:
        return decline.retry.value, card.ask_from
    wait = now + timedelta(seconds=decline.wait_s)
    return card.stopped, max(card.ask_from or now, wait) if decline.wait_s else card.ask_from


def next_try(
    cards: Sequence[tuple[Card, Declined]], terms: Terms, *, now: datetime, after: datetime
) -> Try | None:
    """The first of the cards that may be asked: the one in use has all its days before the reserve is asked.

    after   days up to then had their try, or were missed
    """
    for card, declined in cards:
        at = _ask_at(card, declined, terms, now=now, after=after)
        if at is not None:
            return Try(card, at)
    return None


def _ask_at(
    card: Card, declined: Declined, terms: Terms, *, now: datetime, after: datetime
) -> datetime | None:
    if card.stopped:
        return None
    first, last = declined.first_at, declined.last_at
    if first is None or last is None:
        waits = (terms.not_before, card.ask_from, _has_room(declined.every))
        return max([now, *(one for one in waits if one is not None)])
    for days in terms.days:
        day = _days_after(first, days, terms.zone)
        at = max(day, terms.not_before or day)
        if day > last and at > after and _may(card, declined, max(at, now)):
            return at
    return None


def _may(card: Card, declined: Declined, at: datetime) -> bool:
    """Whether neither its wait nor a limit of the schemes forbids it then."""
    waits = card.ask_from is not None and at < card.ask_from
    room = _has_room(declined.every)
    assert declined.first_at is not None
    return not waits and (room is None or at >= room) and at - declined.first_at <= WITHIN


def _has_room(every: Sequence[datetime]) -> datetime | None:
    """From when on so few of these are WITHIN that the card may be asked once more; None: it may now."""
    return every[-MOST_DECLINES] + WITHIN if len(every) >= MOST_DECLINES else None


def _days_after(moment: datetime, days: int, zone: str) -> datetime:
    """The same time of day so many local days later."""
    there = moment.astimezone(ZoneInfo(zone))
    return (there + timedelta(days=days)).astimezone(moment.tzinfo)
