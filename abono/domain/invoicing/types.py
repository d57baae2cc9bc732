"""What other packages see of an invoice."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from abono.domain.invoicing.rules import owed, rest
from abono.domain.invoicing.states import (
    FEES,
    FISCAL_TYPE,
    REPAIRS,
    FeePart,
    FiscalType,
    LineKind,
    Outlook,
    Reason,
    State,
    Status,
)
from abono.domain.settings.fiscal import FiscalCode
from abono.kernel.due import Means, overdue_from, reminders
from abono.kernel.ids import public
from abono.kernel.money import Money
from abono.kernel.periods import Period


@dataclass(frozen=True, slots=True)
class Reference:
    """Another invoice, by its public id and its number."""

    public_id: str
    title: str


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who the invoice is made out to, as it was when the invoice was made; `tax_id` is compact."""

    legal_name: str
    tax_id: str
    country: str  # ISO 3166-1 alpha-2
    address: tuple[str, ...] = ()  # lines, without the country


@dataclass(frozen=True, slots=True)
class Calculation:
    """How the amount of a line came about: `quantity` whole fees, of them the share that `days` are `of` the days of a cycle,
    rounded half up once (CHG-10). The fee is below zero where the line takes it off. `unit`: seconds count, not days, where
    the setting says so; months of a paid year that goes on otherwise with a cycle (CAT-10). `of` is 0 where a whole fee is a price of
    the contract's own (CAT-11)."""

    fee_minor: int
    days: int
    of: int
    quantity: int = 1
    unit: Literal["day", "second", "month"] = "day"


@dataclass(frozen=True, slots=True)
class Discounted:
    """How a discount came about: what a coupon takes off a whole fee, and of that the share of the days (INV-8).

    fee_minor    the whole fee; below zero where the discount is taken back
    off_minor    what is taken off it in a whole cycle, with its sign
    rate_micro   millionths of the fee; None where the coupon takes off an amount
    days, of     None where the whole of it is taken off
    """

    code: str
    fee_minor: int
    off_minor: int
    rate_micro: int | None = None
    days: int | None = None
    of: int | None = None
    unit: Literal["day", "second", "month"] = "day"


@dataclass(frozen=True, slots=True)
class Taxed:
    """How a tax came about: a rate in millionths of what the lines at some positions of the same invoice are together, rounded
    half up once (INV-7)."""

    base_minor: int
    rate_micro: int
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Exchanged:
    """How the price of another package came about within a cycle: what it costs less what the one before it cost (CHG-5)."""

    fee_minor: int
    before_minor: int


@dataclass(frozen=True, slots=True)
class PaidLate:
    """How fine and interest came about: what was paid of another invoice so many days late (PAY-5). `charge` is the id of the sum
    that is asked for, once."""

    paid_minor: int
    late_days: int
    charge: str


type How = Calculation | Discounted | Taxed | Exchanged | PaidLate


def how(kept: Mapping[str, Any] | None) -> How | None:
    """A calculation as it was kept."""
    if kept is None:
        return None
    if "base_minor" in kept:
        return Taxed(kept["base_minor"], kept["rate_micro"], tuple(kept["lines"]))
    if "late_days" in kept:
        return PaidLate(**kept)
    if "before_minor" in kept:
        return Exchanged(**kept)
    return Discounted(**kept) if "code" in kept else Calculation(**kept)


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line to be written. `amount` is already rounded, once (INV-3)."""

    kind: LineKind
    name: str  # plan or package, as sold; the words of a one-off line
    period: Period
    quantity: int
    unit_price_micro: int
    amount: Money
    calculation: How | None = None  # None where the amount is the price itself
    own_fiscal_type: FiscalType | None = None  # None: that of its kind

    @property
    def fiscal_type(self) -> FiscalType:
        return self.own_fiscal_type or FISCAL_TYPE[self.kind]


@dataclass(frozen=True, slots=True)
class FeeKey:
    """For which part of a cycle's fees a line is, under which name, for which days."""

    part: FeePart
    name: str
    since: datetime
    until: datetime  # the end of its cycle, or of its paid year (CAT-10)

    @classmethod
    def of(cls, kind: LineKind, name: str, since: datetime, until: datetime) -> FeeKey:
        return cls(FEES[kind], name, since, until)

    def kind(self, minor: int) -> LineKind:
        """Of a line that puts it right."""
        more, less = REPAIRS[self.part]
        return more if minor > 0 else less


@dataclass(frozen=True, slots=True)
class Billed:
    """What live invoices ask for of some cycles of a contract.

    fees   part by part, in minor units
    use    by kind, beginning of its cycle and price of one: how many, and for how much in minor units
    key    of the same fees
    """

    fees: Mapping[FeeKey, int]
    use: Mapping[tuple[LineKind, datetime, int], tuple[int, int]]
    key: Hashable = None

    def of(self, line: NewLine, *, unit_price_micro: int | None = None) -> tuple[int, int]:
        """How many of the use of a line's kind and cycle, at any price or at one, and for how much."""
        found = [
            many
            for (kind, since, price), many in self.use.items()
            if (kind, since) == (line.kind, line.period.start) and unit_price_micro in (None, price)
        ]
        return sum(count for count, _minor in found), sum(minor for _count, minor in found)


@dataclass(frozen=True, slots=True)
class LineDetail:
    """One line (INV-3). `name` is the plan or package as sold; `period_end` is exclusive."""

    position: int  # on its invoice, from 1

    kind: LineKind
    name: str
    period_start: datetime
    period_end: datetime
    quantity: int
    unit_price_micro: int  # millionths of the invoice's currency
    amount_minor: int
    fiscal_type: FiscalType
    credited_minor: int = 0  # by credit notes
    calculation: How | None = None  # None where the amount is quantity times price
    codes: FiscalCode | None = None  # how the tax office calls it, on its day

    @property
    def left_minor(self) -> int:
        """What a credit note can still take back of it."""
        return max(self.amount_minor, 0) - self.credited_minor


@dataclass(frozen=True, slots=True)
class LinePart:
    """What adds to a line, named in the language of the document."""

    name: str
    channel: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class InvoiceHead:
    """One invoice without its lines. `title` is its number as people see it, empty for a draft.

    credited_minor      what credit notes took off what was owed; what they took of money that was paid is credit
    credit_used_minor   what the contract's credit pays of it
    received_minor      what came without a gateway, and what a card paid of it before it was owed again
    refunded_minor      what went back to the cards that paid it
    withheld_minor      what of `received_minor` the buyer kept for the tax office
    """

    id: UUID
    public_id: str
    title: str
    state: State
    reason: Reason
    key: str  # what it is for, once: see `keys`
    currency: str
    total_minor: int
    buyer: Buyer
    customer_id: UUID
    contract_id: UUID
    contract_number: str
    issued_at: datetime | None  # None for a draft
    issued_date: date | None  # local day of the customer
    due_date: date | None  # local day of the customer
    paid_at: datetime | None
    time_zone: str  # of the customer: local days are counted there
    sandbox: bool  # of a customer that tries things out
    credited_minor: int
    credit_used_minor: int
    received_minor: int
    refunded_minor: int
    means: Means = field(default=Means.CARD, kw_only=True)  # that pays it
    withheld_minor: int = field(default=0, kw_only=True)
    parked_why: str = field(default="", kw_only=True)  # of a draft that waits until somebody issues it

    @property
    def contract(self) -> str:
        """Its public id."""
        return public("ctr", self.contract_id)

    @property
    def owed_minor(self) -> int:
        """What is asked for; 0 once it is paid, cancelled or written off, and while it is disputed."""
        return owed(self.state, self.rest_minor)

    @property
    def rest_minor(self) -> int:
        """What was neither taken back, nor paid with credit, nor came without a gateway."""
        return rest(self.total_minor, self.credited_minor, self.credit_used_minor, self.received_minor)

    @property
    def status(self) -> Status:
        """How it is told of, whatever the day (INV-5). Raises ValueError for a draft."""
        return _status(self)

    def status_on(self, today: date) -> Status:
        """The same, or that it is overdue. `today` is a local day of the customer."""
        return Status.OVERDUE if self.overdue(today) else self.status

    @property
    def refunded(self) -> bool:
        """All of it went back to whoever paid it (INV-5)."""
        return 0 < self.total_minor == self.refunded_minor

    def overdue(self, today: date) -> bool:
        """Until it is paid, from the day after the last one on which it could be (INV-5, INV-6). `today` is a local day of
        the customer."""
        late_from = self.late_from
        return self.state is State.PENDING and late_from is not None and late_from <= today

    @property
    def reminded_on(self) -> dict[int, date]:
        """The local days on which somebody is reminded of it while it is not paid, by days from its due date (END-1)."""
        if self.issued_date is None or self.due_date is None:
            return {}
        return reminders(self.issued_date, self.due_date, self.means)

    @property
    def late_from(self) -> date | None:
        """The first day on which it is overdue, if it is not paid by then; None for a draft. A card is all that pays today."""
        return None if self.due_date is None else overdue_from(self.due_date, self.means)


def _status(invoice: InvoiceHead) -> Status:
    if invoice.refunded and invoice.state is State.PAID:
        return Status.REFUNDED
    if invoice.state is State.PENDING and invoice.received_minor:
        return Status.PART_PAID
    return Status(invoice.state.word)


@dataclass(frozen=True, slots=True)
class Included:
    """A tax that is inside the price: what it is of the lines that it is on."""

    name: str
    rate_micro: int
    base_minor: int
    amount_minor: int
    fiscal_type: FiscalType


@dataclass(frozen=True, slots=True)
class InvoiceDetail(InvoiceHead):
    """One invoice, whole."""

    lines: tuple[LineDetail, ...]
    replaces: Reference | None = None  # the cancelled one that this was made out anew for
    replaced_by: Reference | None = None
    included: tuple[Included, ...] = ()  # taxes inside its prices

    @property
    def status(self) -> Status:
        return Status.CREDITED if self.taken_back_whole and not self.refunded else _status(self)

    @property
    def taken_back_whole(self) -> bool:
        """Credit notes took back all of it, whether it was owed or paid: its status says so."""
        taken_back_minor = sum(line.credited_minor for line in self.lines)
        return self.state is State.PAID and 0 < self.total_minor == taken_back_minor


@dataclass(frozen=True, slots=True)
class Collecting:
    """How the money of an unpaid invoice is coming, as things stand.

    at     when the card is charged by itself, on the customer's clock, or the beginning of the day on which a mandate is; None where
           that is not to come
    card   as people know it, `Visa •••• 4242`: the one that is charged then, that was charged last, or that is not asked any more;
           may be empty
    wakes  another card that comes to pay for the contract is charged for it at once (PAY-8)
    """

    outlook: Outlook
    at: datetime | None = None
    card: str = ""
    wakes: bool = False


@dataclass(frozen=True, slots=True)
class LineCredit:
    """What is to be taken back of the line at `position` of an invoice."""

    position: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class CreditNoteDetail:
    """One credit note, whole (INV-4).

    credit_minor   what of it became credit, because it was paid; the rest lowered what was owed
    lines          with the invoice's lines that they are of
    """

    id: UUID
    public_id: str
    title: str
    invoice: InvoiceHead
    total_minor: int
    credit_minor: int
    why: str
    issued_by: str
    issued_at: datetime
    issued_date: date
    lines: tuple[tuple[LineDetail, int], ...]

    @property
    def lowered_minor(self) -> int:
        return self.total_minor - self.credit_minor
