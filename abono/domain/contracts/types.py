"""What other packages see of a contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from abono.domain.contracts.states import RUNNING, Arranged, State
from abono.kernel.periods import MOVED

MOST_LICENCES = 100_000
"""How many extra licences a contract can have at most (LIC-6)."""


MONTH, YEAR = "month", "year"
"""By which a plan is sold (CAT-10)."""


def is_last(cycle_end: datetime | None, ends_at: datetime | None) -> bool:
    """Whether a contract that is cancelled for a moment ends with a cycle; a border may have moved since with the rules of its
    zone (TIM-6)."""
    return bool(ends_at and cycle_end and cycle_end + MOVED >= ends_at)


@dataclass(frozen=True, slots=True)
class ContractInfo:
    """A contract, read-only. Dates of a pending one are None; `limit_percent` None is unlimited."""

    id: UUID
    public_id: str
    number: str
    customer_id: UUID
    plan_id: UUID
    plan_code: str
    plan_name: str
    package_id: UUID
    package_code: str
    package_value_minor: int
    included_licences: int | None  # of the plan; None: by contract
    extra_licences: int  # bought beside them (LIC-6)
    currency: str
    interval: str
    limit_percent: int | None
    overage_price_percent: int  # what use beyond the package costs, of the session prices (LIM-1)
    state: State
    signed_at: datetime
    activated_at: datetime | None
    ended_at: datetime | None
    adhesion_date: date | None
    counted_from: date | None  # the day from which its cycles are counted (INV-2)
    cycle_number: int | None
    cycle_start: datetime | None
    cycle_end: datetime | None
    trial_until: datetime | None  # exclusive; None: it had no trial (INV-10)
    ends_at: datetime | None  # exclusive; cancelled for then, also while restricted (END-3)
    own_prices: Mapping[Arranged, int]  # in millionths, in the cycle that it is in (CAT-11)

    @property
    def licences(self) -> int | None:
        """All that it owns; None: by contract."""
        return None if self.included_licences is None else self.included_licences + self.extra_licences

    @property
    def cancelled(self) -> bool:
        """Whether it is to end, and has not yet (END-3)."""
        return self.ends_at is not None and self.state in RUNNING

    @property
    def is_last_cycle(self) -> bool:
        """Whether it ends with the cycle that it is in."""
        return is_last(self.cycle_end, self.ends_at)

    @property
    def in_trial(self) -> bool:
        """Whether the cycle that it is in is its trial, and it is in force."""
        return self.state in RUNNING and self.cycle_end is not None and self.cycle_end == self.trial_until


@dataclass(frozen=True, slots=True)
class Accepted:
    """Terms as somebody accepted them (CON-2)."""

    terms_version: str
    terms_hash: str  # SHA-256 of the text as shown, in hexadecimal
    language: str
    person_name: str
    person_email: str
    address: str | None
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class MoveInfo:
    """One change of state: who, when and why (CON-6). `actor` is as `platform.events` writes it."""

    from_state: State
    to_state: State
    actor: str
    reason: str
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """A contract being made on the site, with all that was typed so far."""

    id: UUID
    public_id: str
    currency: str
    plan_code: str
    package_code: str
    interval: str  # by which the plan is paid for (CAT-10)
    language: str
    typed: dict[str, str]
    contract_id: UUID | None
    buyer_id: UUID | None  # the person who is signed in while they make it
    declined: str  # what to check of the last card, when it was declined; else empty
    created_at: datetime

    @property
    def choice(self) -> tuple[str, str, str]:
        """Plan, package and currency."""
        return self.plan_code, self.package_code, self.currency
