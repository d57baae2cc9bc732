"""What is said of usage that was told: one answer, in the same words at every door."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct


class Word(StrEnum):
    """What became of it."""

    HELD = "held"
    RECORDED = "recorded"  # nobody had held it, and it is drawn now
    SETTLED = "settled"
    NOT_DELIVERED = (
        "not_delivered"  # settled: it draws all the same where its price draws what is sent (PKG-4)
    )
    WAITING = "waiting"  # it left, and draws when it is delivered
    UNCOVERED = "uncovered"  # it has left and draws on nothing: kept, `why` says why (PKG-12)
    OPENED = "opened"  # it begins an interaction
    COVERED = "covered"  # it lies in an open one
    NOT_COUNTED = "not_counted"  # of a kind that costs nothing
    KNOWN = "known"  # a contact event that came before
    IGNORED = "ignored"  # it says nothing that is counted
    # From here on: refused, and nothing was done.
    ALREADY_COUNTED = "already_counted"
    ALREADY_SETTLED = "already_settled"
    CAMPAIGN_ENDED = "campaign_ended"
    CHANNEL_BUDGET_REACHED = "channel_budget_reached"
    CONTRACT_RESTRICTED = "contract_restricted"
    HOLD_EXPIRED = "hold_expired"
    ID_REUSED = "id_reused"
    IN_THE_FUTURE = "in_the_future"
    INVALID_ID = "invalid_id"
    MALFORMED = "malformed"
    NO_CAMPAIGN = "no_campaign"
    NO_CONTRACT = "no_contract"
    NO_CYCLE = "no_cycle"
    NO_LINE = "no_line"
    NO_PRICE = "no_price"
    NO_RECIPIENT = "no_recipient"
    NO_SEND = "no_send"
    OWN_CAP_REACHED = "own_cap_reached"
    SENDING_BLOCKED = "sending_blocked"
    TOO_LATE = "too_late"
    UNKNOWN_CHANNEL = "unknown_channel"
    UNKNOWN_KIND = "unknown_kind"
    USE_NOT_ALLOWED = "use_not_allowed"

    __hash__ = str.__hash__  # an enum's own is Python, and this one is asked several times an event

    @property
    def refused(self) -> bool:
        return self not in _DONE


DONE = tuple(list(Word)[: list(Word).index(Word.ALREADY_COUNTED)])
REFUSED = tuple(list(Word)[len(DONE) :])
_DONE = frozenset(DONE)

_FINAL = frozenset(DONE) - {Word.UNCOVERED}

WAYS_OUT = {
    Word.SENDING_BLOCKED: ("pay_interim_invoice", "raise_package"),  # LIM-4: either is enough
    Word.OWN_CAP_REACHED: ("raise_own_cap",),  # LIM-5
    Word.CHANNEL_BUDGET_REACHED: ("raise_channel_budget",),
}


class Said(Struct, frozen=True, gc=False):
    """The answer to one fact. Amounts are millionths of the contract's currency.

    id            the teller's own; None where it has none
    replayed      it came before with the same content: this is its first answer again (PKG-9)
    price_micro   of a send that is held, settled, or does not fit
    left_micro    what a hold leaves, or what is left for one that does not fit; None where there is no limit
    outcome       how the send ended: `sent` if it drew, else `rejected`, `expired`, `not_delivered`; None while it is open
    ways_out      what opens sending again, where that was looked up; None: all that WAYS_OUT says
    why           of one that is uncovered
    """

    id: str | None
    word: Word
    replayed: bool = False
    price_micro: int | None = None
    left_micro: int | None = None
    outcome: str | None = None
    ways_out: tuple[str, ...] | None = None
    why: Word | None = None


def final(said: Sequence[Said]) -> bool:
    """Whether that is all, as nearly always: nothing of it was refused, is uncovered or came before."""
    for one in said:  # noqa: SIM110 - a generator costs twice as much, and this is asked of every event
        if one.replayed or one.word not in _FINAL:
            return False
    return True
