"""What a supplier of slips or Pix must do for us: money that the payer pushes to us (PAY-4, PAY-6, PAY-7).

Replies describe; only bugs raise. Nothing is asked for twice under one key: an unclear answer is UNKNOWN, and the caller asks
with `find`. A bank that speaks in files alone answers ASKED at once and the rest by `BankFiles`. Calls are bounded in time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Protocol, runtime_checkable

from abono.domain.payments.ports.port import GatewayEvent, RefundReply
from abono.kernel.due import Means
from abono.kernel.errors import Sentence
from abono.kernel.late import LateTerms as LateTerms
from abono.kernel.money import Money

LONGEST_REFUSAL = 60  # letters of `PushReply.code`


class Standing(Enum):
    """How a request for money stands at the bank or the payment service."""

    ASKED = "asked"  # told of it, or to be told by the next file: nobody can pay it yet
    PAYABLE = "payable"  # registered: `PushReply.pay_with` can be paid
    PAID = "paid"
    REFUSED = "refused"  # final: `PushReply.code` says why
    ENDED = "ended"  # withdrawn or run out: nobody can pay it any more
    UNKNOWN = "unknown"  # no clear answer: ask with `find`


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays: a Brazilian company or person. Letters of the tax id in upper case, without its mask."""

    name: str
    tax_id: str  # CPF of 11 digits, or CNPJ of 14 letters and digits
    street: str = ""
    city: str = ""
    state: str = ""  # two letters
    postcode: str = ""  # eight digits


@dataclass(frozen=True, slots=True)
class PushRequest:
    """What the payer is asked for.

    number     counts the requests of this account from 1: the bank's own number of the title is made of it
    title      the number of our invoice, at most 15 letters: what the payer reads
    due_date   None: to be paid at once, until `until`
    until      when it cannot be paid any more; of a slip, the day counts
    late       None: nothing is added to what is paid late
    asked_at   when we ask first, by the clock of `until`: a charge that runs out is told the seconds between the two
    """

    key: str  # our request id; the same key never asks twice
    means: Means
    amount: Money
    number: int
    title: str
    payer: Payer
    issued: date
    asked_at: datetime
    due_date: date | None
    until: datetime
    late: LateTerms | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """Money that came. `reference` names it once and for all at its supplier: a Pix's end-to-end id, a bank's file and record."""

    reference: str
    amount: Money  # what the payer paid
    paid_on: date
    credited_on: date | None = None  # when it is in our account, where that is said
    fee: Money | None = None  # what the supplier keeps of it
    late: Money | None = None  # of it, fine and interest, where the supplier says so
    back: Money | None = None  # of it, what went back to the payer by now: a refund, or a special return
    contested: Money | None = None  # of it, what the payer's bank took or asks back (MED, PAY-10)


@dataclass(frozen=True, slots=True)
class PushReply:
    standing: Standing
    reference: str | None = None  # the supplier's own number: a slip's, a Pix's txid
    amount: Money | None = None  # what is asked for, by the supplier's own words (PAY-12)
    pay_with: str | None = None  # a slip's digit line; with PAYABLE, the Pix to copy and paste
    bar_code: str | None = None  # of a slip: 44 digits
    qr: str | None = None  # of a slip: the text of its Pix QR code, only as the bank gave it
    code: str | None = None  # with REFUSED: why, as `refusals` has it
    received: tuple[Received, ...] = ()  # all that came for it so far; can be more than one


@dataclass(frozen=True, slots=True)
class Slip:
    """What the paper of a slip says beside the request that it is for, as its bank wants it printed (PAY-4).

    reference     our number of the title as files of the bank have it, in digits, without its check digit
    our_number    the same as it is printed
    agency_code   agency, and account or code of who is paid
    kind          of document, as its remittance says it: DM, DMI, OU
    line          the 47 digits to type, in their groups; bar_code the 44 of the same
    """

    reference: str
    bank: str  # "341-7"
    bank_name: str
    beneficiary: str
    tax_id: str  # 11 or 14 letters and digits
    address: str
    agency_code: str
    our_number: str
    wallet: str
    line: str
    bar_code: str
    kind: str = "DM"


@runtime_checkable
class SlipPrinter(Protocol):
    """A supplier whose slips we print ourselves."""

    def slip(self, request: PushRequest) -> Slip:
        """The same request is the same slip; one with another due date is the same title with other digits.

        Raises ValueError for a request that `ask` would refuse.
        """
        ...


@runtime_checkable
class PushGateway(Protocol):
    def ask(self, request: PushRequest) -> PushReply:
        """Ask for money, at most once per key."""
        ...

    def find(self, key: str, reference: str) -> PushReply | None:
        """How it stands; None when the supplier never saw it."""
        ...

    def withdraw(self, key: str, reference: str) -> PushReply:
        """Nobody shall pay it any more. ENDED, or PAID where somebody was faster."""
        ...

    def give_back(self, received: str, amount: Money, key: str) -> RefundReply:
        """Send money of one `Received` back to its payer, at most once per key, never more than came. What is UNKNOWN or
        WAITING is asked about by the same call. Raises KeyClash."""
        ...

    def parse_webhook(
        self, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> tuple[GatewayEvent, ...]:
        """News that came, as in `port.Gateway`. Raises BadSignature."""
        ...


@dataclass(frozen=True, slots=True)
class Arrival:
    """Money that came, whatever for.

    key        our request's, where it came for one
    reference  the supplier's number of what it came for: a Pix's txid; may be empty
    """

    key: str | None
    reference: str
    received: Received


class Arrivals(Protocol):
    """A supplier into whose account money comes that nobody was asked for too: its news name it (`GatewayEvent.received`)."""

    def find_received(self, received: str) -> Arrival | None:
        """The money of this name; None when the supplier never saw it. Raises GatewayUnavailable without a clear answer."""
        ...


class Act(Enum):
    """What a file asks the bank to do with a slip."""

    REGISTER = "register"
    WRITE_OFF = "write_off"


@dataclass(frozen=True, slots=True)
class Order:
    act: Act
    request: PushRequest


class Happening(Enum):
    """What a line of a bank's return file says of a slip. Money is booked by this alone, never because a field has a sum."""

    REGISTERED = "registered"
    REFUSED = "refused"
    NOT_DONE = "not_done"  # an order was refused: the title stands as it was
    PAID = "paid"
    WRITTEN_OFF = "written_off"
    NEW_DUE_DATE = "new_due_date"
    OTHER = "other"  # fees, protests, what the bank only says


@dataclass(frozen=True, slots=True)
class ReturnLine:
    """One title's news. `line` is the first of its lines in the file, from 1; `code` and `reasons` are the bank's codes, `said` our
    words for reasons (`refusals`), where they are known."""

    line: int
    happening: Happening
    reference: str  # the bank's number of the title, as `PushReply.reference` has it
    title: str  # the number of our invoice, as the bank repeats it; may be empty
    code: str
    reasons: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    received: Received | None = None  # with PAID
    qr: str | None = None  # with REGISTERED, where the bank makes one
    happened_on: date | None = None

    @property
    def refuses(self) -> bool:
        return self.happening in (Happening.REFUSED, Happening.NOT_DONE)

    @property
    def why(self) -> str:
        """Of what the bank refuses: its codes, and our words, as many as have room in `LONGEST_REFUSAL` letters."""
        parts, why = (self.code, *self.reasons, *self.said), ""
        for part in parts:
            if len(why) + 1 + len(part) <= LONGEST_REFUSAL:
                why = f"{why} {part}".strip()
        return why


@dataclass(frozen=True, slots=True)
class ReturnFile:
    """`lines` come once, as the file is read: any may raise BadFile, so that nothing is believed before the last."""

    bank: str  # three digits
    number: int  # the file's own, by its header
    made_on: date | None
    lines: Iterable[ReturnLine]


@dataclass(frozen=True, slots=True)
class Remittance:
    name: str  # the file's, as the bank wants it
    content: bytes


class BadFile(Exception):
    """A return file that cannot be believed: cut, of another bank or account, totals that do not agree. Nothing was read of it.

    code   one word: "cut", "bank", "account", "totals", "layout"
    line   where it shows, from 1; None for the file as a whole
    found  what stands there, and what should; for the report
    """

    def __init__(self, code: str, line: int | None, found: Sentence | str = "") -> None:
        super().__init__(f"{code} at {line}: {found}")
        self.code, self.line, self.found = code, line, found


@runtime_checkable
class BankFiles(Protocol):
    def write(self, orders: Sequence[Order], number: int, at: datetime) -> Remittance:
        """A remittance file, the account's `number`-th, in the layout that its bank reads."""
        ...

    def read(self, content: bytes) -> ReturnFile:
        """What a return file says, line by line. Raises BadFile, then or with any of its lines."""
        ...
