"""What a payment supplier must do for us: cards today; slips and Pix answer a charge with `pay_with`.

Replies describe; only bugs raise. Words of a supplier that we do not know become UNKNOWN. No adapter
repeats a charge or a refund: an unclear answer is UNKNOWN and the caller asks with `find` (PAY-7).
Every call is bounded in time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import ClassVar, Protocol

from abono.kernel.errors import Kind, Refusal, _
from abono.kernel.money import Money

LOST_AFTER = timedelta(minutes=2)
"""How long after a charge or refund was sent `find` may be believed when it says None: before that,
the request may still be on its way."""


PATH = ":path"
"""Among the headers of a webhook: what followed the gateway's name in the address. No caller can send a header of this name."""

LONGEST_EVENT_ID = 120
"""Letters of a gateway's id of an event."""


class Outcome(Enum):
    PAID = "paid"  # the money is taken
    WAITING = "waiting"  # somebody must act or the gateway is still busy; it will say so
    DECLINED = "declined"  # final for this attempt
    NEVER_RECEIVED = "never_received"  # surely: nothing was sent, or it has never seen it; nobody said no
    UNKNOWN = "unknown"  # no clear answer: never charge again blindly, ask with `find`


class Hint(Enum):
    """What to check, in the order in which WAL-6 lists it."""

    NUMBER = "number"
    EXPIRY = "expiry"
    CVV = "cvv"
    ONLINE = "online"  # the card is not enabled for online purchases
    BALANCE = "balance"  # no balance, or a limit is reached
    ISSUER = "issuer"  # everything else: ask the bank that issued the card


class Retry(Enum):
    """Who may try the same card again, and when (PAY-8)."""

    NEVER = "never"
    LATER = "later"  # a machine may, after `Decline.wait_s`
    CUSTOMER = "customer"  # only after the holder acted
    AUTHENTICATE = "authenticate"  # only with the holder present
    UPDATE_CARD = "update_card"  # only with new card data
    MANDATE = "mandate"  # never by a machine, whatever its data: its holder ended what they had agreed to


@dataclass(frozen=True, slots=True)
class Decline:
    code: str  # the gateway's own word, for the record; never shown to the holder
    hint: Hint
    retry: Retry
    wait_s: int = 0  # seconds before a machine may try again; 0: as the schedule says


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    key: str  # our attempt id; the same key never charges twice
    amount: Money
    description: str  # what the holder reads
    method_token: str  # the gateway's token of a saved method
    customer_reference: str  # our name for who pays, the same in every call
    off_session: bool  # True when nobody is present: a renewal
    return_url: str = (
        ""  # where the holder's browser comes back to from a page of the gateway; empty: nobody is there
    )


@dataclass(frozen=True, slots=True)
class ChargeReply:
    outcome: Outcome
    reference: str | None = None  # the gateway's id of the charge
    amount: Money | None = None  # what the gateway took, by its own words; with PAID, always (PAY-12)
    decline: Decline | None = None  # with DECLINED
    pay_with: str | None = None  # with WAITING: the slip's digit line, or the text of a Pix
    challenge_url: str | None = None  # with WAITING: the page on which the holder confirms (3-D Secure)
    disputed: bool = False  # with PAID: the holder contests it at the bank


@dataclass(frozen=True, slots=True)
class RefundRequest:
    key: str  # our refund id; the same key never refunds twice
    charge_reference: str  # `ChargeReply.reference` of the paid charge
    amount: Money  # all of the charge, or a part


class RefundOutcome(Enum):
    DONE = "done"
    WAITING = "waiting"  # accepted, on its way
    REFUSED = "refused"  # final: `RefundReply.code` says why
    UNKNOWN = "unknown"  # no clear answer: ask with `find_refund`


@dataclass(frozen=True, slots=True)
class RefundReply:
    outcome: RefundOutcome
    reference: str | None = None
    code: str | None = None  # the gateway's word for why not


@dataclass(frozen=True, slots=True)
class CardDetails:
    """All that we ever know of a card (WAL-1, WAL-2)."""

    token: str
    brand: str  # lower case: "visa"
    last4: str
    holder: str
    exp_month: int  # 1 to 12
    exp_year: int  # four digits


@dataclass(frozen=True, slots=True)
class SaveReply:
    """Exactly one of the four: the card, why it was refused, that we were never heard, or no clear answer."""

    card: CardDetails | None = None
    decline: Decline | None = None
    never_received: bool = False
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class FrameSession:
    """Card fields that the gateway hosts. The page shows `url` in an iframe and listens for messages
    whose origin is exactly `origin`: `{type: "abono:card", ref}` once a card is typed, with this `ref`
    for `save_card`; `{type: "abono:height", px}` when the fields need another height. A page with a button of its own
    sends `{type: "abono:hosted"}`, so that the frame hides its own, and `{type: "abono:submit"}` when it is pressed;
    `{type: "abono:wrong"}` answers that the fields are not right yet."""

    url: str
    origin: str
    ref: str


@dataclass(frozen=True, slots=True)
class GatewayEvent:
    """News from a gateway. It says what to ask about; the truth comes from `find`, never from here."""

    id: str  # the gateway's id of the event, the same when it comes twice
    kind: str  # the gateway's word: "charge.paid"; empty for a signed message that cannot be understood
    key: (
        str | None
    )  # our attempt or refund id, the token of a card, or the gateway's number of a mandate, when it is about one
    reference: str | None  # the gateway's id of the charge or refund
    happened_at: datetime
    received: str | None = None  # the name of money that came, as `push.Received.reference` has it


class BadSignature(Exception):
    """What came is not from the gateway, was changed on the way, or is too old."""


class KeyClash(Exception):
    """A bug of ours: the same key was sent with other content. Nothing was charged by this call."""


class GatewayUnavailable(Refusal):
    """The gateway did not answer a question that moves no money; ask again later."""

    code: ClassVar[str] = "gateway_unavailable"
    kind: ClassVar[Kind] = Kind.UNAVAILABLE
    message: ClassVar[str] = _("The payment gateway is not answering. Try again in a moment.")


class Gateway(Protocol):
    def open_card_frame(
        self, customer_reference: str, language: str, parent_origin: str, key: str
    ) -> FrameSession:
        """Start card fields for one card. Only pages of `parent_origin` can show them.

        customer_reference  who will pay; the sign-up's, while there is no customer yet
        language            "es", "pt-br" or "en"
        key                 the same key opens the same session

        Raises GatewayUnavailable.
        """
        ...

    def save_card(self, frame_ref: str, customer_reference: str, key: str) -> SaveReply:
        """Verify the card that was typed last in a frame, for zero value, and keep it (WAL-3).

        The same key answers the same until another card is typed there. Moves no money, so after
        `unknown` the same call may be made again. Declined: a reference behind which no card was typed, or that
        was opened for another `customer_reference`.
        """
        ...

    def find_card(self, token: str) -> CardDetails | None:
        """What a kept card is like by now: its bank may have renewed it (WAL-5). None for one that the gateway does not keep,
        or has no more to say of. Raises GatewayUnavailable.
        """
        ...

    def forget_card(self, token: str) -> bool:
        """Make a token unusable. True once it is; False when the gateway gave no clear answer."""
        ...

    def charge(self, request: ChargeRequest) -> ChargeReply:
        """Take money, at most once per key. Raises KeyClash."""
        ...

    def find(self, key: str, reference: str = "", method_token: str = "") -> ChargeReply | None:
        """What became of a charge; None when the gateway never saw it (see LOST_AFTER).

        reference      the gateway's id of the charge, where an answer of before said it
        method_token   what was charged: there are gateways that only know where to look by one of these two
        """
        ...

    def refund(self, request: RefundRequest) -> RefundReply:
        """Give money back, at most once per key, never more than was paid (PAY-9). Raises KeyClash."""
        ...

    def find_refund(self, key: str, charge_reference: str = "") -> RefundReply | None:
        """What became of a refund of that charge; None when the gateway never saw it (see LOST_AFTER)."""
        ...

    def parse_webhook(
        self, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> tuple[GatewayEvent, ...]:
        """The events in a signed message; one without `kind` when it is not understood: that is kept for a person.

        Raises BadSignature before anything of `body` is read.
        """
        ...
