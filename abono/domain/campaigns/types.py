"""What goes into campaign holds and what comes out. Amounts are millionths of the package's currency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from uuid import UUID

from abono.domain.metering.types import Outcome
from abono.kernel.rating import UNLIMITED, overage_price

CAMPAIGN_MOST = timedelta(days=7)  # after its hold no extension reaches further: its use has to be invoiced
MAX_LINES = 200
MAX_PLACES = 1_000_000_000  # sends of one line


class CampaignState(IntEnum):
    """Only an open campaign draws; the others are final. The numbers are those of the SQL functions."""

    OPEN = 1
    CLOSED = 2  # its owner said that all is told
    CANCELLED = 3  # its owner gave it up; what was sent stays drawn
    EXPIRED = 4  # nobody closed it in time


class CampaignSettleStatus(IntEnum):
    """How the report of a campaign's send was answered."""

    SETTLED = 1
    REPLAYED = 2  # settled so before in this campaign
    CLASH = 3  # this id was settled otherwise, on another route, or by another campaign
    ENDED = 4  # the campaign is not open any more; nothing is drawn
    NO_LINE = 5  # the campaign has no line for the route
    NO_PLACE = 6  # every place of the line is drawn
    WAITING = 8  # it draws when it is delivered; nothing changed
    NOT_DRAWN = 9  # it was not delivered, and its price draws what is: its place stays open
    NOT_DRAWN_BEFORE = 10
    ALONE = 11  # this id is known as a send by itself, or as uncovered; nothing changed
    NO_PRICE = 12  # the package has no price for what it was counted as; nothing changed


@dataclass(frozen=True, slots=True)
class Wish:
    """So many sends on a route, each of so many units of its price (segments, minutes)."""

    route_id: int
    count: int
    units: int = 1


@dataclass(frozen=True, slots=True)
class CampaignHold:
    """The answer to a hold: the price of each line is fixed by it (PKG-8)."""

    replayed: bool  # this id was held before with the same lines: its first answer again (PKG-9)
    prices_micro: tuple[int, ...]  # per wish, each send
    total_micro: int
    left_micro: int | None  # to the ceiling after it; None for a contract without limit


@dataclass(frozen=True, slots=True)
class CampaignReport:
    """How a send of a campaign ended; which end draws, its price row says (PKG-4). Never `EXPIRED`.

    reference         the caller's own id where it was no UUIDv7
    kind, units       what the carrier counted it as (PKG-13); None: as its line
    contact, sender   event_key of whom it went to, and the number that sent it: for prices with something free (CAT-9)
    """

    send_id: UUID
    route_id: int
    outcome: Outcome
    reference: str | None = None
    kind: str | None = None
    units: int | None = None
    contact: UUID | None = None
    sender: str | None = None


@dataclass(frozen=True, slots=True)
class CampaignReportAnswer:
    status: CampaignSettleStatus
    price_micro: int | None  # what it drew, else of the line; None where the campaign has none


@dataclass(frozen=True, slots=True)
class CampaignEnd:
    """How a campaign has ended. The amounts are those of the call that ended it, 0 in any later one."""

    state: CampaignState
    ended_now: bool
    released_micro: int  # went back to the package
    drawn_micro: int  # was used


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """One line of a campaign as it stands."""

    route_id: int
    channel: str
    kind: str
    country: str
    price_micro: int  # of each send, all its units
    units: int
    count: int  # sends asked for
    sent: int
    rejected: int  # draw nothing and take no place
    saved_micro: int = 0  # what those that were sent drew less than the price (PKG-13, CAT-9)

    @property
    def not_sent(self) -> int:
        """Places that nobody drew: they are held while the campaign is open, released when it ends."""
        return self.count - self.sent


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign and how far it is."""

    contract_id: UUID
    campaign_id: UUID
    reference: str | None
    state: CampaignState
    cycle_start: datetime
    held_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    total_micro: int
    lines: tuple[CampaignLine, ...]

    @property
    def drawn_micro(self) -> int:
        return sum(line.sent * line.price_micro - line.saved_micro for line in self.lines)

    @property
    def held_micro(self) -> int:
        """What is still set aside for it."""
        return self.total_micro - self.drawn_micro if self.state is CampaignState.OPEN else 0

    @property
    def released_micro(self) -> int:
        """What went back to the package when it ended."""
        return 0 if self.state is CampaignState.OPEN else self.total_micro - self.drawn_micro


@dataclass(frozen=True, slots=True)
class EstimateLine:
    """What so many sends on a route would cost now. Parts are those of the package and of the overage (LIM-1)."""

    wish: Wish
    price_micro: int | None  # None: the package has no price for it, it would be refused (CAT-3)
    amount_micro: int
    package_micro: int
    overage_micro: int
    fits: int  # sends of this line that fit before the limit, those of earlier lines being sent first


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a campaign would cost at `at`; nothing is held for it (PKG-11)."""

    at: datetime
    lines: tuple[EstimateLine, ...]
    room_micro: int  # what can be held now
    blocked: bool
    overage_percent: int  # what overage costs, of the session prices (LIM-1)

    @property
    def amount_micro(self) -> int:
        return sum(line.amount_micro for line in self.lines)

    @property
    def package_micro(self) -> int:
        return sum(line.package_micro for line in self.lines)

    @property
    def overage_micro(self) -> int:
        return sum(line.overage_micro for line in self.lines)

    @property
    def overage_price_micro(self) -> int:
        """What the overage of it would cost on the next invoice."""
        return overage_price(self.overage_micro, self.overage_percent)

    @property
    def fits(self) -> int:
        return sum(line.fits for line in self.lines)

    @property
    def holdable(self) -> bool:
        """Whether a hold of the whole campaign would be granted now."""
        return all(line.fits == line.wish.count for line in self.lines)

    @property
    def left_micro(self) -> int | None:
        """What would be left to the ceiling; None without a limit or where the campaign does not fit."""
        if not self.holdable or self.room_micro > UNLIMITED // 2:
            return None
        return self.room_micro - self.amount_micro
