"""Who is looking, and at what: what every page of theirs knows before it begins."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.http import HttpRequest

from abono.domain.contracts.states import State
from abono.domain.contracts.types import ContractInfo
from abono.domain.customers.types import Organization
from abono.domain.identity.staff import Colleague
from abono.domain.identity.types import Profile
from abono.domain.notices import queries as notices
from abono.entrypoints.site.acting import Acting

ADMINISTRATORS = frozenset({Profile.ADMINISTRATOR})
READERS = frozenset({Profile.ADMINISTRATOR, Profile.VIEWER})
MEMBERS = frozenset(Profile)


@dataclass(frozen=True)
class Visit:
    """Who is looking, and at which organization: what the frame reads once, for every page.

    contract        the one that is pending or running
    organizations   public id, name and the person's profile in each of theirs
    person_id       None for who paid and is nobody's member: they look, and change nothing (CON-9)
    acting          who of the seller looks as this customer, why and until when (ACC-5); `person_id` is None then too
    unread          notices, where the page counted them with what it read of them; None: the frame counts them
    """

    person_id: UUID | None
    person_name: str
    email: str
    customer: Organization
    profile: str
    language: str
    organizations: tuple[tuple[str, str, str], ...]
    contract: ContractInfo | None
    unread: int | None = None
    acting: Acting | None = None

    @cached_property
    def unread_notices(self) -> int:
        if Profile(self.profile) not in READERS:
            return 0
        return notices.unread_count(self.customer_id) if self.unread is None else self.unread

    @property
    def customer_id(self) -> UUID:
        return self.customer.id

    @property
    def organization(self) -> str:
        return self.customer.legal_name

    @property
    def time_zone(self) -> str:
        return self.customer.time_zone

    @property
    def sandbox(self) -> bool:
        return self.customer.sandbox

    @property
    def now_offset_s(self) -> int:
        """Seconds that a sandbox's clock is ahead of real time (TIM-2)."""
        return self.customer.clock_offset_s

    @property
    def restricted(self) -> bool:
        return self.contract is not None and self.contract.state is State.RESTRICTED

    @property
    def guest(self) -> bool:
        return self.person_id is None

    @property
    def actor(self) -> str:
        return f"person:{self.person_id}"


class Visitor(HttpRequest):
    """A request that passed the table: `visit` is there on every page that is not public."""

    visit: Visit


class SellersVisitor(HttpRequest):
    """A request of somebody who works for the seller, on one of the seller's own pages."""

    staff: Colleague
