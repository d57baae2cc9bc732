"""Profiles, and what other packages see of people and keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID


class Profile(Enum):
    """A member's profile (ACC-1)."""

    ADMINISTRATOR = "administrator"
    VIEWER = "viewer"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class InvitationInfo:
    """A membership that waits for its person's answer; `organization` is the name of the customer."""

    id: UUID
    person_id: UUID
    customer_id: UUID
    organization: str
    profile: Profile
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """One person of one customer."""

    person_id: UUID
    customer_id: UUID
    name: str
    email: str
    language: str
    profile: Profile
