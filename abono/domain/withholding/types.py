"""What other packages see of taxes that buyers withhold (PAY-6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from abono.kernel.ids import public
from abono.kernel.money import Money
from abono.kernel.papers import Paper
from abono.kernel.withheld import Withholding

FISCAL_TYPES = ("licensing", "sva")
MOST_BYTES = 2 * 1024 * 1024  # of the file of a proof
MOST_PROOFS = 50  # of one payment
BUYERS = ("company", "person")


@dataclass(frozen=True, slots=True)
class NewRate:
    """A tax that is withheld from a day on, until the next of its name for the same.

    percent           None: of one customer, as for everybody again
    country, buyer    of everybody's: where the buyer is, and what; empty is any
    fiscal_type       of which lines; empty is all
    of_tax            it is reckoned of a tax on top of them, not of the lines
    free_up_to_minor  so little, or less, is not withheld at all
    """

    name: str
    percent: Decimal | None
    from_date: date
    country: str = ""
    buyer: str = ""
    fiscal_type: str = ""
    of_tax: bool = False
    free_up_to_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RateInfo(NewRate):
    """One that was set. `customer_id` where it is of one customer alone."""

    id: UUID
    customer_id: UUID | None = None
    why: str
    set_by: str
    set_at: datetime

    @property
    def public_id(self) -> str:
        return public("whr", self.id)

    @property
    def rate_micro(self) -> int:
        """In millionths."""
        return int((self.percent or 0) * 10_000)


@dataclass(frozen=True, slots=True)
class Proof:
    """Of what was withheld: its number, and the day that it bears. `place` among those of its payment, from 1; without `file` only
    its number came."""

    place: int
    reference: str
    proof_date: date
    given_by: str
    given_at: datetime
    file: Paper | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One tax of what was withheld of a payment, and the newest of its proofs, of those with a file where there is one."""

    name: str
    rate_micro: int
    base: Money
    amount: Money
    proof: Proof | None = None

    @property
    def proven(self) -> bool:
        """Whether the proof itself is here, and not its number alone."""
        return self.proof is not None and self.proof.file is not None


@dataclass(frozen=True, slots=True)
class Unproven:
    """A payment of which something was withheld, and the parts of which the proof, or its file, is missing."""

    receipt_id: UUID
    invoice_id: UUID
    customer_id: UUID
    title: str
    organization: str
    received_date: date
    parts: tuple[Part, ...]

    @property
    def public_id(self) -> str:
        return public("rcp", self.receipt_id)

    @property
    def invoice_public_id(self) -> str:
        return public("inv", self.invoice_id)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a buyer kept of an invoice: taxes, and how much of each, which is `minor` together."""

    taxes: tuple[Withholding, ...]
    parts_minor: tuple[int, ...]

    @property
    def minor(self) -> int:
        return sum(self.parts_minor)

    def amounts(self, currency: str) -> list[tuple[str, Money]]:
        """By name of the tax."""
        found = zip(self.taxes, self.parts_minor, strict=True)
        return [(tax.name, Money(minor, currency)) for tax, minor in found]
