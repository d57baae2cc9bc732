"""How an invitation and a membership stand. Neither is kept: moments say it."""

from __future__ import annotations

from enum import Enum


class InvitationState(Enum):
    WAITING = "waiting"
    EXPIRED = "expired"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class MemberState(Enum):
    ACTIVE = "active"
    DEACTIVATED = "deactivated"
