"""Sends that have left, told of afterwards: they draw like any other, or are kept as uncovered (PKG-12)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from abono.domain.catalog import rules
from abono.domain.contracts.hot import Contract
from abono.domain.metering.types import anew
from abono.domain.settings.known import LATE_GRACE
from abono.domain.uncovered import hot
from abono.domain.uncovered.types import ToldStatus
from abono.flows.usage.case import PACKED, Case, Given, key_of
from abono.flows.usage.facts import CampaignSend, Settlement, Told
from abono.flows.usage.observe import AHEAD
from abono.flows.usage.said import Said, Word
from abono.flows.usage.settle import ended, known_kind
from abono.kernel.ids import event_key
from abono.platform.postgres.arrays import quoted
from abono.platform.postgres.batches import Answer, Event

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)  # that we keep
_UNHELD = frozenset(
    {
        Word.NO_SEND,
        Word.HOLD_EXPIRED,
        Word.CAMPAIGN_ENDED,
        Word.NO_CAMPAIGN,
        Word.NO_LINE,
    }
)


def unheld(facts: Sequence[Settlement | CampaignSend], said: Sequence[Said]) -> list[int]:
    """The places of sends that have left and draw on no hold. A rejected one may have been said to be sent before, and be
    kept since."""
    return [
        n
        for n, (fact, one) in enumerate(zip(facts, said, strict=True))
        if one.word in _UNHELD and (fact.outcome != "rejected" or one.word is not Word.HOLD_EXPIRED)
    ]


def alone(fact: Settlement | CampaignSend) -> Settlement:
    """A send of a campaign on which it cannot draw, as one by itself."""
    if isinstance(fact, Settlement):
        return fact
    return Told(
        fact.id,
        fact.contract,
        fact.outcome,
        kind=fact.kind,
        units=fact.counted_units,
        channel=fact.channel,
        country=fact.country,
        contact=fact.contact,
        sender=fact.sender,
        counted_as=() if fact.counted_as is None else (fact.counted_as,),
        campaign=fact.campaign,
    )


def put(said: list[Said], places: Sequence[int], told: Sequence[Said]) -> None:
    """The answers to sends that were told of by themselves, in their places; where nothing is known, the first one stays."""
    for n, one in zip(places, told, strict=True):
        if one.word is not Word.NO_SEND:
            said[n] = one


def _row(fact: Settlement, contract: Contract, given: Given) -> Event | Word:
    if "\0" in fact.id:
        return Word.INVALID_ID
    present = given.now + timedelta(seconds=contract.offset_s)
    at = present if fact.at is None else min(max(fact.at, EARLIEST), LATEST)
    counted, campaign = (known_kind(fact, given), fact.campaign) if isinstance(fact, Told) else (None, "")
    kind = counted or fact.kind or ""
    route = rules.route_for(given.ways.routes, fact.channel, kind, fact.country)
    why = Word.IN_THE_FUTURE if at > present + AHEAD else _unpriced(fact, route, given)
    key, reference = key_of(fact.id)
    return (
        contract.text,
        key,
        str(anew(key)),
        "NULL" if route is None else str(route),
        at,
        present,
        reference,
        _text(fact.channel),
        _text(kind),
        _text(fact.country),
        "NULL" if why is None else why.value,
        key_of(campaign)[0] if campaign else "NULL",
        "NULL" if fact.units is None else str(fact.units),
        "NULL" if fact.contact is None else str(event_key(fact.contact)),
        "NULL" if fact.sender is None else _text(fact.sender),
        PACKED[fact.outcome],
        given.settings.value(LATE_GRACE, at=present),
    )


def _unpriced(fact: Settlement, route: int | None, given: Given) -> Word | None:
    """Why there can be no price for it."""
    if route is not None:
        return None
    if not fact.channel:
        return Word.NO_SEND
    if fact.channel not in given.ways.uses:
        return Word.UNKNOWN_CHANNEL
    return Word.NO_PRICE if fact.country else Word.NO_RECIPIENT


def _text(told: str) -> str:
    return quoted(told.replace("\0", ""))


def _said(fact: Settlement, _row: Event, answer: Answer) -> Said:
    status, price, why = answer
    match status:
        case ToldStatus.RECORDED:
            return Said(fact.id, Word.RECORDED, False, price, outcome="sent")
        case ToldStatus.REPLAYED:
            return ended(fact, True, price)
        case ToldStatus.CLASH:
            return Said(fact.id, Word.ID_REUSED)
        case ToldStatus.WAITING:
            return Said(fact.id, Word.WAITING, price_micro=price)
        case ToldStatus.UNKNOWN:
            return Said(fact.id, Word.NO_SEND)
        case ToldStatus.NOTHING if fact.outcome == "rejected":
            return ended(fact, False, None)
        case ToldStatus.NOTHING:
            return Said(fact.id, Word.NOT_DELIVERED, outcome="not_delivered")
    return Said(fact.id, Word.UNCOVERED, status == ToldStatus.UNCOVERED_BEFORE, price, why=Word(why))


TELL: Case[Settlement] = Case(hot.TOLD, _row, _said)
