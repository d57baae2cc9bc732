"""What can happen to metering, as plain data: a story is a list of these, drawn by `story`, told by `lines`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from abono.domain.licences.types import Op, Policy
from abono.flows.licences.policy import SHIPPED

_MOMENT = re.compile(r"datetime\.datetime\(([0-9, ]+), tzinfo=datetime\.timezone\.utc\)")


@dataclass(frozen=True)
class Cycle:
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Terms:
    """What a contract begins with, the same in each of its cycles. Amounts are millionths; `kept`: licences by group (LIC-9)."""

    cycles: tuple[Cycle, ...]
    package: str
    value: int
    ceiling: int
    included: int
    policy: Policy = SHIPPED
    owned: int = 2
    kept: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Asked:
    """A send that somebody wants to hold or to record."""

    contract: int
    name: str
    route: str
    at: datetime
    units: int = 1
    contact: str | None = None
    sender: str | None = None

    @property
    def what(self) -> tuple[str, datetime, int, str | None, str | None]:
        return self.route, self.at, self.units, self.contact, self.sender


@dataclass(frozen=True)
class Told:
    """What is told of a send: sent, delivered, not_delivered, rejected or expired; what it was counted as; and the route
    on whose channel and to whose country its teller says it went."""

    contract: int
    name: str
    outcome: str
    at: datetime
    kind: str | None = None
    units: int | None = None
    where: str | None = None


@dataclass(frozen=True)
class Left:
    """A send that has left, told of afterwards. `now` is the present of the same clock."""

    contract: int
    name: str
    route: str
    at: datetime
    now: datetime
    outcome: str
    units: int | None = None
    contact: str | None = None
    sender: str | None = None


type Report = tuple[str | int | None, ...]  # the fields of Ended


@dataclass(frozen=True)
class Ended:
    """How a send of a campaign ended, and what it was counted as."""

    name: str
    route: str
    outcome: str
    kind: str | None = None
    units: int | None = None
    contact: str | None = None
    sender: str | None = None


@dataclass(frozen=True)
class Seen:
    """Something between a contact and the customer. `now` is the present of the same clock."""

    contract: int
    name: str
    contact: str
    channel: str
    kind: str
    at: datetime
    now: datetime


@dataclass(frozen=True)
class Presence:
    """Somebody who comes in, waits, is still there or goes, by the platform's own id of their lease or place."""

    contract: int
    op: Op
    person: str
    name: str
    at: datetime
    groups: tuple[str, ...] = ()
    idle_s: int | None = None


@dataclass(frozen=True)
class Hold:
    events: tuple[Asked, ...]


@dataclass(frozen=True)
class Record:
    events: tuple[Asked, ...]
    told: str = "sent"


@dataclass(frozen=True)
class Settle:
    events: tuple[Told, ...]


@dataclass(frozen=True)
class Tell:
    events: tuple[Left, ...]


@dataclass(frozen=True)
class Observe:
    events: tuple[Seen, ...]


@dataclass(frozen=True)
class Lease:
    events: tuple[Presence, ...]

    @property
    def beats(self) -> bool:
        """Heartbeats alone: they do not wait for those who come in."""
        return all(one.op is Op.BEAT for one in self.events)


@dataclass(frozen=True)
class Own:
    """Licences from now on (LIC-6), and how many of them are kept for groups (None: as before)."""

    contract: int
    at: datetime
    licences: int
    kept: tuple[tuple[str, int], ...] | None = None


@dataclass(frozen=True)
class Expire:
    """Release what nobody settled in time: of one contract, or (None) of all of them, in real time."""

    contract: int | None
    now: datetime


@dataclass(frozen=True)
class OpenCycle:
    contract: int
    cycle: Cycle
    package: str
    value: int
    ceiling: int
    included: int


@dataclass(frozen=True)
class Raise:
    contract: int
    at: datetime
    package: str
    value: int
    ceiling: int


@dataclass(frozen=True)
class OneMoreLimit:
    contract: int
    at: datetime
    extra: int


@dataclass(frozen=True)
class OwnLimits:
    """What the customer wishes from now on: a cap, and budgets of channels."""

    contract: int
    now: datetime
    cap: int | None
    budgets: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Roll:
    """Add up what was held until shortly before; `anew`: after all that was added up was forgotten."""

    contract: int
    now: datetime
    anew: bool


@dataclass(frozen=True)
class HoldCampaign:
    contract: int
    name: str
    wishes: tuple[tuple[str, int], ...]
    at: datetime
    hours: int
    slice_places: int


@dataclass(frozen=True)
class SettleCampaign:
    contract: int
    name: str
    reports: tuple[Report, ...]
    at: datetime


@dataclass(frozen=True)
class ExtendCampaign:
    contract: int
    name: str
    until: datetime


@dataclass(frozen=True)
class EndCampaign:
    contract: int
    name: str
    at: datetime
    cancelled: bool


@dataclass(frozen=True)
class ExpireCampaigns:
    contract: int
    now: datetime


@dataclass(frozen=True)
class Read:
    """The balance at a moment, and what its cycle used by route."""

    contract: int
    at: datetime


type Call = (
    Hold
    | Record
    | Settle
    | Tell
    | Observe
    | Lease
    | Own
    | Expire
    | OpenCycle
    | Raise
    | OneMoreLimit
    | OwnLimits
    | Roll
    | HoldCampaign
    | SettleCampaign
    | ExtendCampaign
    | EndCampaign
    | ExpireCampaigns
    | Read
)
type Batch = Hold | Record | Settle | Tell | Observe | Lease
BATCHES = (Hold, Record, Settle, Tell, Observe, Lease)  # those that the fast lane serves, too


@dataclass(frozen=True)
class Step:
    """One call and what befalls it.

    how     plain    answered
            lost     answered, the answer is dropped on the way: the caller asks again
            undone   the process dies before the commit: the caller asks again
            killed   the database ends the connection in the middle: the caller asks again
            twin     `beside` comes while this is not committed: it waits, and counts as the second
            again    answered; hours later the caller, who does not know it, asks again
    lane    whether it (of twins: `beside`) goes the way of the fast lane or that of the domain
    """

    call: Call
    how: str = "plain"
    lane: bool = False
    beside: Call | None = None


@dataclass(frozen=True)
class Story:
    seed: int
    contracts: tuple[Terms, ...]
    steps: tuple[Step, ...]

    def lines(self) -> list[str]:
        """To be read by people."""
        return [
            *(f"contract {n}: {briefly(terms)}" for n, terms in enumerate(self.contracts)),
            *(f"{n}. {briefly(step)}" for n, step in enumerate(self.steps)),
        ]


def briefly(thing: object) -> str:
    """Its repr, moments as ISO 8601."""
    return _MOMENT.sub(_iso, str(thing))


def _iso(found: re.Match[str]) -> str:
    numbers = [int(number) for number in found[1].split(", ")]
    return datetime(*numbers).isoformat()  # type: ignore[arg-type]
