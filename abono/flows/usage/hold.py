"""Set package value aside before sending (PKG-5)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from abono.domain.catalog import rules
from abono.domain.contracts.hot import Contract
from abono.domain.metering import hot
from abono.domain.metering.types import HoldStatus, Outcome
from abono.flows.usage.case import Batch, Case, Given, key_of
from abono.flows.usage.facts import Send
from abono.flows.usage.said import WAYS_OUT, Said, Word
from abono.kernel.ids import event_key
from abono.platform.postgres.arrays import literal
from abono.platform.postgres.batches import Answer, Event

HELD = {
    HoldStatus.HELD: Word.HELD,
    HoldStatus.REPLAYED: Word.HELD,
    HoldStatus.CLASH: Word.ID_REUSED,
    HoldStatus.BLOCKED: Word.SENDING_BLOCKED,
    HoldStatus.NO_PRICE: Word.NO_PRICE,
    HoldStatus.NO_CYCLE: Word.NO_CYCLE,
    HoldStatus.EXPIRED: Word.HOLD_EXPIRED,
    HoldStatus.CAPPED: Word.OWN_CAP_REACHED,
    HoldStatus.OVER_BUDGET: Word.CHANNEL_BUDGET_REACHED,
    HoldStatus.WAITING: Word.WAITING,
    HoldStatus.NOTHING: Word.NOT_DELIVERED,
}
_HELD, _REPLAYED = int(HoldStatus.HELD), int(HoldStatus.REPLAYED)  # bare: they are compared for every event
_WORD = Word.HELD


def _row(send: Send, contract: Contract, given: Given) -> Event | Word:
    if contract.restricted:
        return Word.CONTRACT_RESTRICTED
    if "\0" in send.id or (send.sender is not None and "\0" in send.sender):
        return Word.INVALID_ID
    route = rules.route_for(given.ways.routes, send.channel, send.kind, send.country)
    if route is None:
        return Word.NO_PRICE
    # Who does not say what for is not asked.
    if send.use is not None and not rules.allowed(given.ways.uses[send.channel], send.use):
        return Word.USE_NOT_ALLOWED
    key, reference = key_of(send.id)
    whom = None if send.contact is send.sender else _whom(send)  # both None, nearly always
    return contract.text, contract.offset_s, key, hot.what(route, send.units), reference, whom


def _whom(send: Send) -> hot.Whom:
    return hot.whom(None if send.contact is None else event_key(send.contact), send.sender)


def _held(send: Send, _row: Event, answer: Answer) -> Said:
    status, price, remaining = answer
    if status == _HELD:
        return Said(send.id, _WORD, False, price, hot.left(remaining))
    word = HELD[status]
    if status > _REPLAYED and word not in WAYS_OUT:
        return Said(send.id, word)
    return Said(send.id, word, status == _REPLAYED, price, hot.left(remaining))


HOLD: Case[Send] = Case(hot.HOLD.at_once(), _row, _held)

_NOTED = frozenset(
    {
        Word.SENDING_BLOCKED,
        Word.OWN_CAP_REACHED,
        Word.CHANNEL_BUDGET_REACHED,
        Word.NO_PRICE,
        Word.USE_NOT_ALLOWED,
        Word.NO_CYCLE,
        Word.CONTRACT_RESTRICTED,
    }
)


def refused(facts: Sequence[Send], said: Sequence[Said], given: Given) -> tuple[str, str] | None:
    """The arguments of uncovered.hot.REFUSED: what we said no to is never billed, should it have left (PKG-12)."""
    found = [fact for fact, one in zip(facts, said, strict=True) if one.word in _NOTED]
    return ids_of(found, given) if found else None


def ids_of(facts: Sequence[Send], given: Given) -> tuple[str, str]:
    """Contracts and ids of sends, packed, as metering.hot.KNOWN wants them as well."""
    return literal(given.contracts[one.contract].text for one in facts), literal(
        key_of(one.id)[0] for one in facts
    )


def restricted(said: Sequence[Said]) -> list[int]:
    """The places of sends whose contract is restricted."""
    return [n for n, one in enumerate(said) if one.word is Word.CONTRACT_RESTRICTED]


def opened(given: Given) -> Given:
    """The same as if no contract were restricted."""
    return replace(
        given,
        contracts={name: dataclasses.replace(one, restricted=False) for name, one in given.contracts.items()},
    )


def replayed(batch: Batch[Send], said: Sequence[Said]) -> tuple[str, str] | None:
    """The arguments of metering.hot.OUTCOMES for the holds that came before; None where there are none."""
    if not any(one.replayed for one in said):
        return None
    submitted = (one for n, one in enumerate(said) if n not in batch.refused)
    rows = [row for row, one in zip(batch.rows, submitted, strict=True) if one.replayed]
    return literal(row[0] for row in rows), literal(row[2] for row in rows)


def with_outcomes(said: Sequence[Said], outcomes: Iterable[tuple[int, int]]) -> list[Said]:
    """A replayed hold may have ended since: who asks again must not send on it once more.

    outcomes   places among the replayed, from 1, and how those sends ended
    """
    told = list(said)
    places = [n for n, one in enumerate(said) if one.replayed]
    for n, outcome in outcomes:
        told[places[n - 1]] = replace(told[places[n - 1]], outcome=Outcome(outcome).name.lower())
    return told
