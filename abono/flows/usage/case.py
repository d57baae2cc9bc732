"""What all that is told of usage goes through: look at each, have the rest done by one call, say what became of each.

Nothing here asks a database: whoever serves a case looks up `Given` before, and submits the rows between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from abono.domain.catalog.types import Ways
from abono.domain.contracts.hot import Contract
from abono.domain.metering.types import Outcome, keyed
from abono.domain.settings.queries import Snapshot
from abono.flows.usage.facts import End
from abono.flows.usage.said import Said, Word
from abono.platform.postgres.arrays import quoted
from abono.platform.postgres.batches import Answer, Call, Event

_OUTCOMES: Mapping[End, Outcome] = {
    "sent": Outcome.SENT,
    "delivered": Outcome.DELIVERED,
    "not_delivered": Outcome.NOT_DELIVERED,
    "rejected": Outcome.REJECTED,
}
PACKED = {end: str(outcome.value) for end, outcome in _OUTCOMES.items()}
# As it is said of one that drew, or released: where `sent` draws, delivered or not is the same (PKG-4).
ENDED = {end: "rejected" if end == "rejected" else "sent" for end in _OUTCOMES}

# What a UUID looks like with each digit as a 0: an expression would cost twice as much, for every event.
_DIGITS, _UUID = bytes.maketrans(b"123456789abcdef", b"0" * 15), b"00000000-0000-0000-0000-000000000000"
_UNSURE = frozenset({Word.NO_PRICE, Word.NO_LINE, Word.USE_NOT_ALLOWED, Word.UNKNOWN_CHANNEL})


class Fact(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def contract(self) -> str: ...


class Given(Struct, frozen=True):
    """What has to be known of a batch.

    contracts   those that its teller may reach (ACC-2), by public id
    now         real time; a customer's own clock may be ahead of it (TIM-2)
    """

    contracts: Mapping[str, Contract]
    ways: Ways
    settings: Snapshot
    now: datetime


class Case[F: Fact](Struct, frozen=True):
    """One kind of fact.

    call      does the rows
    row       an element for each column of `call`, or why there is none
    said      the answer to a fact from its row and what `call` said of it
    """

    call: Call
    row: Callable[[F, Contract, Given], Event | Word]
    said: Callable[[F, Event, Answer], Said]


class Batch[F: Fact](Struct, frozen=True):
    """Facts that were looked at: the rows of those that can be done, and why the others cannot, by place."""

    case: Case[F]
    facts: Sequence[F]
    rows: list[Event]
    refused: dict[int, Word]

    @property
    def unsure(self) -> bool:
        """Whether a newer catalog might have let something pass."""
        return not _UNSURE.isdisjoint(self.refused.values())

    def say(self, told: Iterable[Answer]) -> list[Said]:
        """The answers in the order of the facts; `told` are those to the rows."""
        said, refused = self.case.said, self.refused
        if not refused:
            return [said(fact, row, one) for fact, row, one in zip(self.facts, self.rows, told, strict=True)]
        done = zip(self.rows, told, strict=True)
        return [
            Said(fact.id, refused[n]) if n in refused else said(fact, *next(done))
            for n, fact in enumerate(self.facts)
        ]


def look[F: Fact](case: Case[F], facts: Sequence[F], given: Given) -> Batch[F]:
    """Look at each fact by itself."""
    row_of, contracts = case.row, given.contracts
    rows: list[Event] = []
    refused: dict[int, Word] = {}
    for n, fact in enumerate(facts):
        contract = contracts.get(fact.contract)
        row = Word.NO_CONTRACT if contract is None else row_of(fact, contract, given)
        if isinstance(row, tuple):  # asked of an enum it costs a tenth of all this
            rows.append(row)
        else:
            refused[n] = row
    return Batch(case, facts, rows, refused)


def together[F: Fact](parts: Sequence[Batch[F]]) -> Batch[F]:
    """Batches of one kind of fact that were looked at one after the other, as one."""
    facts: list[F] = []
    rows: list[Event] = []
    refused: dict[int, Word] = {}
    for part in parts:
        refused |= {len(facts) + n: word for n, word in part.refused.items()}
        facts += part.facts
        rows += part.rows
    return Batch(parts[0].case, facts, rows, refused)


def key_of(text: str) -> tuple[str, str]:
    """The key of a teller's id and its reference, packed; as metering.types.keyed, but without making a UUID."""
    if text.encode().translate(_DIGITS) == _UUID and text[14] == "7" and text[19] in "89ab":
        return text, "NULL"
    key, reference = keyed(text)
    return str(key), quoted(reference)
