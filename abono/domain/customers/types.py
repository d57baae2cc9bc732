"""What other packages see of a customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from abono.kernel.moment import Moment

LANGUAGES = ("es", "pt-br", "en")


@dataclass(frozen=True, slots=True)
class Address:
    """Where an organization gets its post (CON-2). What a part has to look like, `addresses` says by country."""

    street: str
    city: str
    number: str = ""  # of the house, where it is apart
    complement: str = ""  # floor, room
    district: str = ""
    region: str = ""  # state, province, department; two letters where the country has such
    postal_code: str = ""  # compact: digits and letters


@dataclass(frozen=True, slots=True)
class Organization:
    """One customer, read-only. `clock_offset_s` counts seconds ahead of real time (TIM-2)."""

    id: UUID
    public_id: str
    legal_name: str
    country: str
    tax_id: str
    language: str
    time_zone: str
    financial_name: str
    financial_email: str
    address: Address
    sandbox: bool
    clock_offset_s: int
    left_alone_until: date | None = None  # the local day on which nobody waits for them any more (PAY-8)
    left_alone_why: str = ""

    def moment(self, real: datetime) -> Moment:
        """Real time, and what the customer's clock shows then."""
        return Moment(real, real + timedelta(seconds=self.clock_offset_s))


@dataclass(frozen=True, slots=True)
class Particulars:
    """What an organization with a contract may change of itself (ACC-1); country and time zone stay, as its money and its
    days hang on them."""

    legal_name: str
    tax_id: str
    language: str
    financial_name: str
    financial_email: str
    address: Address


@dataclass(frozen=True, slots=True)
class Changed:
    """A change of those. `facts`: what was and what is, by name; None where that was erased since."""

    happened_at: datetime
    actor: str
    facts: dict[str, tuple[object, object]]


@dataclass(frozen=True, slots=True)
class AdvanceInfo:
    """A sandbox's clock on its way to `to_at`, or there (TIM-2).

    started_at, arrived_at   in real time; `arrived_at` is None on the way
    last                     id of the last that happened on it; None on the way
    trouble                  what stopped it, until it goes on; else empty
    """

    id: UUID
    customer_id: UUID
    from_at: datetime
    to_at: datetime
    actor: str
    started_at: datetime
    arrived_at: datetime | None
    last: UUID | None
    trouble: str


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """Facts that a contract needs of its organization (CON-2), checked by `rules.check`."""

    legal_name: str
    country: str
    tax_id: str
    language: str
    time_zone: str
    financial_name: str
    financial_email: str
    address: Address
