"""What goes into interactions and what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from uuid import UUID

EVERY_CHANNEL = "*"  # of interactions, where they belong to a contact on all its channels (INT-4)


class ContactKind(StrEnum):
    """What can happen between a contact and the customer (INT-2, INT-3). Whether a kind counts, and since when, is a row
    of metering_interaction_kind."""

    COMPANY_STARTED = "company_started"
    CONTACT_MESSAGE = "contact_message"
    MASS_SEND_ANSWERED = "mass_send_answered"
    TICKET_PUBLIC = "ticket_public"
    AGENT_ACTION = "agent_action"
    MASS_SEND = "mass_send"
    AUTOMATIC_REPLY = "automatic_reply"
    TICKET_INTERNAL = "ticket_internal"
    AD_CLICK = "ad_click"  # by itself it is none; some prices are free for hours after it (CAT-9)


class ObserveStatus(IntEnum):
    """How a contact event was answered. The numbers are those of the SQL functions."""

    OPENED = 1  # begins an interaction
    COVERED = 2  # lies in an open one
    NOT_COUNTED = 3  # of a kind that costs nothing (INT-3)
    REPLAYED = 4
    CLASH = 5
    NO_CYCLE = 6
    UNKNOWN_KIND = 7
    TOO_LATE = 8  # its cycle was closed longer ago than the grace (INT-7)


@dataclass(frozen=True, slots=True)
class ContactEvent:
    """Something between a contact and the customer. `now` is the present moment of the same clock as `at`."""

    contract_id: UUID
    event_id: UUID
    contact: UUID  # event_key of the contact's key
    channel: str
    kind: str
    at: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class LateEvent:
    """One event as it came first. `happened_at` and `told_at` are on the customer's clock."""

    contract_id: UUID
    event_id: UUID  # kernel.ids.event_key of the caller's own id
    contact: UUID  # event_key of the contact's key
    channel: str
    kind: str
    happened_at: datetime
    cycle_start: datetime  # of the cycle that it would have belonged to
    told_at: datetime
    kept_at: datetime  # in real time

    @property
    def place(self) -> tuple[datetime, UUID, UUID]:
        """Where it stands in the list: see `late_events`."""
        return self.kept_at, self.contract_id, self.event_id
