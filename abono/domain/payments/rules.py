"""What a gateway may tell us, and what we do not believe (PAY-12); how much a wallet takes (WAL-4). Pure decisions."""

from __future__ import annotations

import re
from dataclasses import asdict

from abono.domain.payments.ports.port import CardDetails, ChargeReply, Outcome
from abono.domain.payments.states import State
from abono.kernel.money import Money

LONGEST_REFERENCE = 120  # of a charge and of a card: what our tables keep
LONGEST_ADDRESS = 500
LONGEST_EVIDENCE = 2000  # letters that a seller says of a payment that is disputed
_LONGEST = {"token": LONGEST_REFERENCE, "brand": 20, "last4": 4, "holder": 80}
_MONTHS, _YEARS = range(1, 13), range(2000, 2100)
WALLET_LIMIT = 5  # cards


def heard(reply: ChargeReply, asked: Money) -> State:
    """What an answer means for an attempt at which `asked` was asked for.

    A yes to another sum or currency pays for nothing; a yes that names no sum, or a reference that cannot be kept,
    is no clear answer.
    """
    if len(reply.reference or "") > LONGEST_REFERENCE:
        return State.UNKNOWN
    match reply.outcome:
        case Outcome.PAID:
            if reply.amount is None:
                return State.UNKNOWN
            return State.PAID if reply.amount == asked else State.DIFFERS
        case Outcome.DECLINED:
            return State.DECLINED
        case Outcome.NEVER_RECEIVED:
            return State.LOST
        case Outcome.WAITING | Outcome.UNKNOWN:
            return State.UNKNOWN


def challenge(reply: ChargeReply) -> str:
    """The page on which the holder confirms, when the answer waits for that; empty for what is no such address."""
    url = reply.challenge_url or ""
    fits = len(url) <= LONGEST_ADDRESS and re.fullmatch("https?://[!-~]+", url)
    return url if reply.outcome is Outcome.WAITING and fits else ""


def wallet_is_full(cards: int) -> bool:
    """Whether a wallet with so many cards takes no other (WAL-4)."""
    return cards >= WALLET_LIMIT


def is_whole(card: CardDetails) -> bool:
    """Whether these are details that a card can have; else the gateway's answer is not clear."""
    said: dict[str, object] = asdict(card)  # an adapter may hand on whatever it was told
    return (
        all(_is_text(said[name], most) for name, most in _LONGEST.items())
        and re.fullmatch("[0-9]{4}", str(said["last4"])) is not None
        and type(said["exp_month"]) is int
        and said["exp_month"] in _MONTHS
        and type(said["exp_year"]) is int
        and said["exp_year"] in _YEARS
    )


def _is_text(value: object, most: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= most and value.isprintable()
