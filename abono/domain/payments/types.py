"""What other packages see of cards and of attempts to be paid."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from abono.domain.payments.states import Because, DisputeState, RefundState, State, Way, Why
from abono.kernel.ids import public
from abono.kernel.money import Money

BRANDS = {"visa": "Visa", "mastercard": "Mastercard", "elo": "Elo", "amex": "American Express"}


def brand_name(brand: str) -> str:
    return BRANDS.get(brand, brand.title())


def last_day(month: int, year: int) -> date:
    """On which a card is still good: that on which its month ends."""
    return date(year, month, monthrange(year, month)[1])


def card_name(brand: str, last4: str) -> str:
    """`Visa •••• 4242`"""
    return f"{brand_name(brand)} •••• {last4}"


@dataclass(frozen=True, slots=True)
class Card:
    """A card in a wallet: what WAL-1 shows, and nothing more is known."""

    id: UUID
    public_id: str
    gateway: str
    brand: str
    last4: str
    holder: str
    exp_month: int
    exp_year: int
    in_use: bool
    reserve: bool = False  # asked when the one in use is not any more (PAY-8)
    stopped: str = ""  # why no machine asks it: a word of `port.Retry`; else empty
    ask_from: datetime | None = None  # no machine asks it before; on the customer's clock
    renewed_at: datetime | None = None  # since when its gateway says other data of it; on that clock, too

    @property
    def last_day(self) -> date:
        return last_day(self.exp_month, self.exp_year)

    @property
    def brand_name(self) -> str:
        return brand_name(self.brand)

    @property
    def name(self) -> str:
        return card_name(self.brand, self.last4)


@dataclass(frozen=True, slots=True)
class PayoutInfo:
    """What a gateway paid out: `arrived` in an account of ours, `fees` it kept. `withdrawn_at` where it was taken back."""

    id: UUID
    public_id: str
    gateway: str
    reference: str
    arrived: Money
    fees: Money
    paid_on: date
    actor: str
    recorded_at: datetime
    withdrawn_at: datetime | None
    withdrawn_why: str


@dataclass(frozen=True, slots=True)
class RefundInfo:
    """Money that goes back to whoever paid it: of a card's attempt, or of a receipt. `code` is the gateway's word where it
    refused.

    gateway               that took it, or the way on which it came without one: the detail of its clearing account
    paid                  the gateway's own name of what was paid
    card                  as people know it; empty where none paid
    came                  on which way, where none did
    because, asked_why    why it goes back, and in words; nothing of refunds of 0.2.0
    way, reference, why   of one that nothing could be done with by itself: how it was paid otherwise, with which reference,
                          and what was said
    """

    id: UUID
    public_id: str
    attempt_id: UUID | None
    receipt_id: UUID | None
    invoice_id: UUID
    customer_id: UUID
    gateway: str
    paid: str
    card: str
    came: Way | None
    amount: Money
    state: RefundState
    code: str
    sent: int
    asked_at: datetime
    decided_at: datetime | None
    because: Because | None = None
    asked_why: str = ""
    way: Way | None = None
    reference: str = ""
    why: str = ""

    @property
    def to(self) -> str:
        """Where it goes, as people know it in every language; empty where nothing leads."""
        return _to(self.card, self.came)

    @property
    def of_payment(self) -> str:
        """The public id of the payment that it is of."""
        return _payment(self.attempt_id, self.receipt_id)


@dataclass(frozen=True, slots=True)
class Refundable:
    """What can still go back of one payment of an invoice. `gateway`, `card` and `came` as of a refund."""

    attempt_id: UUID | None
    receipt_id: UUID | None
    invoice_id: UUID
    gateway: str
    card: str
    came: Way | None
    amount: Money

    @property
    def by_itself(self) -> bool:
        """Whether whoever took it can send it back; a slip's bank cannot, nor can we what came to our account."""
        return self.attempt_id is not None or self.came is Way.PIX

    @property
    def to(self) -> str:
        """As of a refund."""
        return _to(self.card, self.came)

    @property
    def of_payment(self) -> str:
        """As of a refund."""
        return _payment(self.attempt_id, self.receipt_id)

    def of(self, amount: Money) -> Refundable:
        return replace(self, amount=amount)


def _payment(attempt_id: UUID | None, receipt_id: UUID | None) -> str:
    if attempt_id is not None:
        return public("att", attempt_id)
    assert receipt_id is not None
    return public("rcp", receipt_id)


def _to(card: str, came: Way | None) -> str:
    return card or ("Pix" if came is Way.PIX else "")


@dataclass(frozen=True, slots=True)
class ReceiptInfo:
    """Money for an invoice that came without a card. `credit` is what of it was more than was asked for, `late` fine and
    interest of a late slip (PAY-5), `withheld` what its buyer kept beside it for the tax office (PAY-6); `gateway` told of it, where
    nobody of the seller did."""

    id: UUID
    public_id: str
    invoice_id: UUID
    way: Way
    gateway: str
    amount: Money
    credit: Money
    late: Money
    withheld: Money
    received_date: date
    reference: str
    why: str
    recorded_by: str
    recorded_at: datetime
    withdrawn_at: datetime | None
    withdrawn_why: str
    request_id: UUID | None = None  # for which it came

    @property
    def pays(self) -> Money:
        """Of the invoice, with what was withheld."""
        return self.brought + self.withheld

    @property
    def brought(self) -> Money:
        """Of that, in money: it alone can go back."""
        return self.amount - self.credit - self.late


@dataclass(frozen=True, slots=True)
class DisputeInfo:
    """What somebody contests of an invoice. `attempt_id`, or `receipt_id` of what came by slip or Pix, is of the payment that is
    contested at the bank; neither where the invoice was not paid.

    answer_by   the seller's day until which evidence has to be at the bank; None where no payment is contested
    evidence    what the seller said there, in the seller's words
    """

    id: UUID
    public_id: str
    invoice_id: UUID
    attempt_id: UUID | None
    gateway: str  # of that payment; else empty
    amount: Money
    state: DisputeState
    why: str
    opened_by: str
    opened_at: datetime
    ended_at: datetime | None
    ended_why: str
    receipt_id: UUID | None = None
    answer_by: date | None = None
    evidence: str = ""
    evidence_by: str = ""
    evidence_at: datetime | None = None

    @property
    def of_payment(self) -> str | None:
        """The public id of the payment that is contested."""
        if self.attempt_id is not None:
            return public("att", self.attempt_id)
        return None if self.receipt_id is None else public("rcp", self.receipt_id)


@dataclass(frozen=True, slots=True)
class AttemptInfo:
    """One attempt to be paid.

    reference                     the gateway's id of the charge, where it said one
    decline_hint, decline_retry   words of `port.Hint` and `port.Retry`, empty unless declined
    challenge_url                 the page of the gateway on which the holder confirms; empty when none waits for them
    once                          with a card that was typed for this alone, by whoever had a payment link
    """

    id: UUID
    customer_id: UUID
    invoice_id: UUID
    method_id: UUID
    gateway: str
    token: str
    reference: str
    amount: Money
    state: State
    off_session: bool
    decline_code: str
    decline_hint: str
    decline_retry: str
    challenge_url: str
    created_at: datetime
    asked: int
    once: bool


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Money at a gateway that matches nothing here and waits for somebody to look at it (PAY-12).

    taken   as the gateway says
    asked   what our attempt asked for; None where there is no attempt
    """

    id: UUID
    public_id: str
    gateway: str
    key: str
    reference: str
    why: Why
    taken: Money
    asked: Money | None
    attempt_id: UUID | None
    invoice_id: UUID | None
    found_at: datetime
