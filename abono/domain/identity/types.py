"""Profiles, and what other packages see of people and keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from abono.domain.identity.states import InvitationState, MemberState
from abono.kernel.ids import public


class Profile(Enum):
    """A member's profile (ACC-1)."""

    ADMINISTRATOR = "administrator"
    VIEWER = "viewer"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class InvitationInfo:
    """A membership that was offered; `organization` is the name of the customer. Moments are on the customer's clock.

    person_id    who answers, or did; None for an address that has not
    by_address   an Administrator invited an address (LIC-5); else an order named who has an account (CON-9)
    language     that its mail is written in, "" without one
    invited_by   who sent its link last, as events name actors; "" for an order
    expires_at   None: it waits for an answer however long
    sending      which link holds, None without one
    """

    id: UUID
    person_id: UUID | None
    customer_id: UUID
    organization: str
    profile: Profile
    created_at: datetime
    email: str
    language: str
    by_address: bool
    invited_by: str
    sent_at: datetime | None
    expires_at: datetime | None
    sending: UUID | None
    state: InvitationState

    @property
    def public_id(self) -> str:
        return public("ivt", self.id)


@dataclass(frozen=True, slots=True)
class Member:
    """One person of one customer. `seen_at` is when they last looked at its pages, in real time; `administrators` are the names
    of those who administer it, where `queries.organizations` read them too."""

    person_id: UUID
    customer_id: UUID
    name: str
    email: str
    language: str
    profile: Profile
    seen_at: datetime | None = None
    administrators: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MemberDetail:
    """The same, as an Administrator sees them. `since` and `deactivated_at` are on the customer's clock."""

    person_id: UUID
    customer_id: UUID
    name: str
    email: str
    language: str
    profile: Profile
    since: datetime
    seen_at: datetime | None
    deactivated_at: datetime | None

    @property
    def public_id(self) -> str:
        return public("usr", self.person_id)

    @property
    def state(self) -> MemberState:
        return MemberState.ACTIVE if self.deactivated_at is None else MemberState.DEACTIVATED
