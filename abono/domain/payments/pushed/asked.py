"""What is asked for by slip or Pix, and how a request for it stands (PAY-4, PAY-5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple
from uuid import UUID

from abono.domain.payments.ports.push import LateTerms, Payer, PushRequest
from abono.domain.payments.states import REQUESTED, RequestState
from abono.kernel.bank_days import bank_days_after
from abono.kernel.due import Means
from abono.kernel.ids import public
from abono.kernel.late import NOTHING, Late, days_late, late_charges
from abono.kernel.money import Money

SETTLES_AT_MOST = 3  # bank days until the money of a slip is here (PAY-5)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a new request asks for. `due_date` is None for a Pix that is to be paid at once; `until` is real time.

    charges_minor   of the amount, fine and interest until the due date
    counted_from    from when the days late count; None: from the bank day of the due date
    mandate         under which it is charged on its due date; None: its payer pushes it
    """

    means: Means
    gateway: str
    amount: Money
    due_date: date | None
    until: datetime
    payer: Payer
    late: LateTerms | None
    charges_minor: int = 0
    counted_from: date | None = None
    instead: Instead | None = None
    mandate: UUID | None = None


@dataclass(frozen=True, slots=True)
class Instead:
    """Instead of which slip one is asked for, and who gave it a new date: `customer`, or `seller`, who says why; empty where that
    one was over (PAY-5)."""

    of: UUID
    moved_by: Literal["", "customer", "seller"] = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """One request. `pay_with` is the digit line of a slip, or the Pix to copy and paste; `bar_code` and `qr` are of a slip."""

    id: UUID
    public_id: str
    invoice_id: UUID
    customer_id: UUID
    means: Means
    gateway: str
    number: int
    amount: Money
    state: RequestState
    due_date: date | None
    until: datetime
    payer: Payer
    late: LateTerms | None
    reference: str
    pay_with: str
    bar_code: str
    qr: str
    code: str
    asked_at: datetime
    charges_minor: int
    counted_from: date | None
    instead_of: UUID | None
    moved_by: str
    why: str
    replaced: bool
    said_paid_on: date | None
    mandate: UUID | None
    tried_on: date | None

    @property
    def charged_on(self) -> date | None:
        """Of a charge under a mandate, the day on which the payer's bank pays it, or tried to at last."""
        return None if self.mandate is None else self.tried_on or self.due_date

    @property
    def charges(self) -> Money:
        return Money(self.charges_minor, self.amount.currency)

    @property
    def asks_for(self) -> Money:
        """Of the invoice: without the fine and the interest of a new date."""
        return Money(self.amount.minor - self.charges_minor, self.amount.currency)

    @property
    def here_by(self) -> date | None:
        """Until when a payment that the customer told of is on its way (PAY-5)."""
        return None if self.said_paid_on is None else bank_days_after(self.said_paid_on, SETTLES_AT_MOST)

    def late_on(self, day: date, minor: int | None = None) -> Late:
        """What a slip asks for beside the invoice's sum, or beside a part of that, when it is paid on a day (PAY-5)."""
        charges = NOTHING
        if self.late is not None and self.due_date is not None:
            days = days_late(self.due_date, day, counted_from=self.counted_from)
            charges = late_charges(self.amount.minor, self.late, days)
        whole = self.asks_for.minor
        part = whole if minor is None else min(minor, whole)
        return charges.late(carried_minor=self.charges_minor, part=part, whole=whole)

    @property
    def invoice_public_id(self) -> str:
        return public("inv", self.invoice_id)

    @property
    def open(self) -> bool:
        """Whether money may still come for it."""
        return self.state in REQUESTED

    @property
    def word(self) -> str:
        """How it stands, for pages: of a charge under a mandate, `announced` while it waits for its day."""
        return (
            "announced" if self.mandate is not None and self.state is RequestState.ASKED else self.state.value
        )

    @property
    def payable(self) -> bool:
        return self.state is RequestState.PAYABLE

    @property
    def came_to_nothing(self) -> bool:
        return self.state in (RequestState.REFUSED, RequestState.ENDED)

    def for_supplier(self, title: str, issued: date) -> PushRequest:
        """As its supplier is asked. `title` is the number of the invoice."""
        return PushRequest(
            key=self.id.hex,
            means=self.means,
            amount=self.amount,
            number=self.number,
            title=title[:15],
            payer=self.payer,
            issued=issued,
            asked_at=self.asked_at,
            due_date=self.due_date,
            until=self.until,
            late=self.late,
        )


class RequestRow(NamedTuple):
    """What is read of a request, with many others, to hear what its supplier says of it."""

    id: UUID
    means: str
    state: str
    amount_minor: int
    currency: str
    charges_minor: int
    due_date: date | None
    counted_from: date | None
    pay_with: str
    qr: str
    code: str
    decided_at: datetime | None
    mandate_id: UUID | None
    tried_on: date | None
    instead_of_id: UUID | None
    others: bool  # where money comes for it: whether there are more requests of its invoice,
    undecided: bool  # … nobody knows yet whether a card pays that,
    known: bool  # … and this money is booked already

    @property
    def public_id(self) -> str:
        return public("prq", self.id)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def asks_for(self) -> Money:
        """As of `RequestInfo`."""
        return Money(self.amount_minor - self.charges_minor, self.currency)

    @property
    def open(self) -> bool:
        """Whether money may still come for it."""
        return RequestState(self.state) in REQUESTED
