"""Take in what happens between contacts and customers (INT-2)."""

from __future__ import annotations

from datetime import datetime, timedelta

from abono.domain.contracts.hot import Contract
from abono.domain.interactions.hot import OBSERVE as CALL
from abono.domain.interactions.types import EVERY_CHANNEL, ObserveStatus
from abono.domain.settings.known import INTERACTIONS_PER, LATE_GRACE
from abono.flows.usage.case import Case, Given, key_of
from abono.flows.usage.facts import Contact
from abono.flows.usage.said import Said, Word
from abono.kernel.ids import event_key
from abono.platform.postgres.arrays import quoted
from abono.platform.postgres.batches import Answer, Event

AHEAD = timedelta(minutes=5)  # clocks of others may run fast by so much; what lies further ahead is refused
OBSERVED = {
    ObserveStatus.OPENED: Word.OPENED,
    ObserveStatus.COVERED: Word.COVERED,
    ObserveStatus.NOT_COUNTED: Word.NOT_COUNTED,
    ObserveStatus.REPLAYED: Word.KNOWN,
    ObserveStatus.CLASH: Word.ID_REUSED,
    ObserveStatus.NO_CYCLE: Word.NO_CYCLE,
    ObserveStatus.UNKNOWN_KIND: Word.UNKNOWN_KIND,
    ObserveStatus.TOO_LATE: Word.TOO_LATE,
}


def _row(fact: Contact, contract: Contract, given: Given) -> Event | Word:
    if "\0" in fact.kind:
        return Word.UNKNOWN_KIND
    if fact.channel not in given.ways.uses:
        return Word.UNKNOWN_CHANNEL
    present = given.now + timedelta(seconds=contract.offset_s)
    at = fact.at or present
    if at > present + AHEAD:
        return Word.IN_THE_FUTURE
    return (
        contract.text,
        key_of(fact.id)[0],
        str(event_key(fact.contact)),
        quoted(_chain(fact.channel, at, given)),
        quoted(fact.kind),
        at,
        present,
        given.settings.value(LATE_GRACE, at=present),
    )


def _said(fact: Contact, _row: Event, answer: Answer) -> Said:
    (status,) = answer
    return Said(fact.id, OBSERVED[status], status == ObserveStatus.REPLAYED)


def _chain(channel: str, at: datetime, given: Given) -> str:
    """What an interaction belongs to besides customer and contact: its channel, or by setting all of them (INT-4)."""
    return EVERY_CHANNEL if given.settings.value(INTERACTIONS_PER, at=at) == "contact" else channel


OBSERVE: Case[Contact] = Case(CALL, _row, _said)
