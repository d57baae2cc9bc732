"""Test cards and what each of them does. Nothing here reads a clock or a store."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Behaviour(Enum):
    """What happens to a card. The store keeps this name in place of the card's number."""

    PAID = "paid"
    WRONG_NUMBER = "wrong_number"
    EXPIRED = "expired"
    WRONG_CVV = "wrong_cvv"
    NOT_ONLINE = "not_online"
    NO_BALANCE = "no_balance"
    ASK_ISSUER = "ask_issuer"
    STOLEN = "stolen"
    NEW_CODE = "new_code"
    NO_BALANCE_LATER = "no_balance_later"
    ANSWER_LOST = "answer_lost"
    REQUEST_LOST = "request_lost"
    SLOW = "slow"
    PROCESSING = "processing"
    PROCESSING_DECLINED = "processing_declined"
    STRANGE = "strange"
    PROCESSING_ERROR = "processing_error"
    CHALLENGE = "challenge"
    DISPUTED = "disputed"


# Decline codes as ABECS prints them; brands differ (Elo and Mastercard say 63 for the CVV, Visa N7).
DECLINE_CODE = {
    Behaviour.WRONG_NUMBER: "14",
    Behaviour.EXPIRED: "54",
    Behaviour.WRONG_CVV: "N7",
    Behaviour.NOT_ONLINE: "57",
    Behaviour.NO_BALANCE: "51",
    Behaviour.ASK_ISSUER: "05",
    Behaviour.STOLEN: "43",
    Behaviour.NEW_CODE: "ZZ",
    Behaviour.NO_BALANCE_LATER: "51",
    Behaviour.PROCESSING_DECLINED: "51",
    Behaviour.PROCESSING_ERROR: "96",
    Behaviour.CHALLENGE: "05",  # refused, given up, or nobody there to confirm
}
_OF_BRAND = {
    ("mastercard", "N7"): "63",
    ("elo", "N7"): "63",
    ("amex", "96"): "911",
    ("amex", "05"): "100",
    ("amex", "51"): "116",
}

DECLINED_AT_VERIFICATION = frozenset(
    {Behaviour.WRONG_NUMBER, Behaviour.EXPIRED, Behaviour.WRONG_CVV, Behaviour.NOT_ONLINE}
)
DECLINED_AT_CHARGE = DECLINED_AT_VERIFICATION | {
    Behaviour.NO_BALANCE,
    Behaviour.ASK_ISSUER,
    Behaviour.STOLEN,
    Behaviour.NEW_CODE,
    Behaviour.PROCESSING_ERROR,
}


class Group(Enum):
    """How the page of levers sorts the cards."""

    PAID = "Paid"
    NOT_SAVED = "Refused when it is saved"
    DECLINED = "Saved, then declined"
    UNCLEAR = "No clear answer"
    WAITS = "Paid or declined later"
    CHALLENGED = "The holder confirms (3-D Secure)"
    DISPUTED = "Paid, then disputed"


_GROUP = {
    **dict.fromkeys(DECLINED_AT_VERIFICATION, Group.NOT_SAVED),
    **dict.fromkeys(DECLINED_AT_CHARGE - DECLINED_AT_VERIFICATION, Group.DECLINED),
    Behaviour.PAID: Group.PAID,
    Behaviour.NO_BALANCE_LATER: Group.DECLINED,
    Behaviour.PROCESSING: Group.WAITS,
    Behaviour.PROCESSING_DECLINED: Group.WAITS,
    Behaviour.CHALLENGE: Group.CHALLENGED,
    Behaviour.DISPUTED: Group.DISPUTED,
}


@dataclass(frozen=True, slots=True)
class PracticeCard:
    number: str
    behaviour: Behaviour
    says: str  # for the page of levers

    @property
    def group(self) -> Group:
        return _GROUP.get(self.behaviour, Group.UNCLEAR)

    @property
    def spaced(self) -> str:
        return spaced(self.number)


TEST_CARDS = (
    PracticeCard("4242424242424242", Behaviour.PAID, "Visa"),
    PracticeCard("5555555555554444", Behaviour.PAID, "Mastercard"),
    PracticeCard("6363680000000015", Behaviour.PAID, "Elo"),
    PracticeCard("378282246310005", Behaviour.PAID, "American Express: CVV of 4 digits"),
    PracticeCard("4000000000000101", Behaviour.WRONG_NUMBER, "Wrong number (14)"),
    PracticeCard("4000000000000119", Behaviour.EXPIRED, "Expired (54)"),
    PracticeCard("4000000000000127", Behaviour.WRONG_CVV, "Wrong CVV (N7)"),
    PracticeCard("4000000000000135", Behaviour.NOT_ONLINE, "Not enabled for online purchases (57)"),
    PracticeCard("4000000000000200", Behaviour.NO_BALANCE, "No balance (51)"),
    PracticeCard("4000000000000218", Behaviour.ASK_ISSUER, "Ask the issuer (05)"),
    PracticeCard("4000000000000226", Behaviour.STOLEN, "Stolen: ask the issuer, never try again (43)"),
    PracticeCard("4000000000000234", Behaviour.NEW_CODE, "A code in no table (ZZ)"),
    PracticeCard(
        "4000000000000242",
        Behaviour.PROCESSING_ERROR,
        "Processing error: the same card may be tried again (96)",
    ),
    PracticeCard(
        "4000000000000309",
        Behaviour.NO_BALANCE_LATER,
        "Paid while the holder is there; renewals have no balance (51)",
    ),
    PracticeCard("4000000000000408", Behaviour.ANSWER_LOST, "Paid, but the answer is lost"),
    PracticeCard(
        "4000000000000416", Behaviour.REQUEST_LOST, "The charge never arrives: nothing paid, no answer"
    ),
    PracticeCard("4000000000000424", Behaviour.SLOW, "Paid, but later than anybody waits"),
    PracticeCard("4000000000000507", Behaviour.PROCESSING, "Processing, then paid; a webhook says so"),
    PracticeCard(
        "4000000000000515",
        Behaviour.PROCESSING_DECLINED,
        "Processing, then declined; a webhook says so",
    ),
    PracticeCard(
        "4000000000000606",
        Behaviour.CHALLENGE,
        "A page of the bank asks the holder: confirm, refuse or walk away; renewals are declined",
    ),
    PracticeCard("4000000000000705", Behaviour.DISPUTED, "Paid; the holder disputes it a moment later"),
    PracticeCard("4000000000000523", Behaviour.STRANGE, "A status in no manual, then paid"),
)
_BY_NUMBER = {card.number: card for card in TEST_CARDS}

_ELO = ("438935", "451416", "504175", "5067", "509", "627780", "636297", "636368", "650", "6516", "6550")
BRAND_NAME = {"visa": "Visa", "mastercard": "Mastercard", "elo": "Elo", "amex": "American Express"}


def practice_card(number: str) -> PracticeCard | None:
    return _BY_NUMBER.get(number)


def card_that(behaviour: Behaviour) -> PracticeCard:
    """The first test card that does this."""
    return next(card for card in TEST_CARDS if card.behaviour is behaviour)


def decline_code(behaviour: Behaviour, brand: str) -> str:
    code = DECLINE_CODE[behaviour]
    return _OF_BRAND.get((brand, code), code)


def brand_of(number: str) -> str:
    """Lower-case brand by the first digits; Elo before the brands whose ranges it lies in."""
    if number.startswith(_ELO):
        return "elo"
    if number.startswith(("34", "37")):
        return "amex"
    return {"4": "visa", "5": "mastercard", "2": "mastercard"}.get(number[:1], "other")


def cvv_length(brand: str) -> int:
    return 4 if brand == "amex" else 3


def luhn(number: str) -> bool:
    """The check digit of ISO/IEC 7812 holds: every single wrong digit is found."""
    total = 0
    for place, digit in enumerate(map(int, reversed(number))):
        doubled = digit * 2 if place % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def spaced(number: str) -> str:
    """As printed on the card: fours, or 4-6-5 for American Express."""
    if brand_of(number) == "amex":
        return f"{number[:4]} {number[4:10]} {number[10:]}"
    return " ".join(number[place : place + 4] for place in range(0, len(number), 4))
