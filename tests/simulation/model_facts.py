"""What the model knows: routes and how a price is drawn, sends, and the cycles that they are of."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(hours=24)
UNLIMITED = 2**62


@dataclass(frozen=True, order=True)
class Rules:
    """By which a row of the price list is drawn (CAT-9)."""

    draws_at: str = "sent"
    free: int = 0  # units that each number that sends has free in a month of São Paulo
    window: str = ""  # kind of contact event after which …
    hours: int = 0  # … sends to the contact are free for so long


ORDINARY = Rules()
type Row = tuple[datetime, int, Rules]  # from when on, price of a unit
type Book = dict[tuple[str, str], list[Row]]  # by package and route
type HoldAnswer = tuple[str, int | None, int | None]


ROUTES = {  # by its name in stories; the channel's code, kind and country
    "sms": ("sms", "message", "BR"),
    "whatsapp": ("whatsapp", "company", "BR"),
    "answer": ("whatsapp", "contact", "BR"),
    "reply": ("whatsapp", "reply", "BR"),
    "webchat": ("webchat", "session", "*"),
    "rcs": ("rcs", "message", "BR"),
    "basic rcs": ("rcs", "basic", "BR"),
    "dear": ("voice", "call", "AQ"),
    "unpriced": ("sms", "message", "PE"),
}
MOST_PRICE = 2**63 - 1  # no price is more


def channel_of(route: str) -> str:
    return ROUTES[route][0] if route in ROUTES else route


def place_of(route: str | None) -> tuple[str | None, str | None]:
    """Channel and country of a route; none where it has none."""
    if route is None:
        return None, None
    channel, _kind, country = ROUTES[route]
    return channel, None if country == "*" else country


def local_month(at: datetime) -> tuple[int, int]:
    local = at.astimezone(ZoneInfo("America/Sao_Paulo"))
    return local.year, local.month


def shown(left: int) -> int | None:
    """What is told as left: without a limit nothing is."""
    return None if left > UNLIMITED // 2 else left


@dataclass
class Send:
    cycle: Cycle
    route: str
    price: int
    left: int | None
    held_at: datetime
    price_from: datetime  # of the row of the price list
    units: int = 1
    rules: Rules = ORDINARY
    package: str = ""
    taken: int = 0  # units of what its sender has free in the month
    sender: str | None = None
    drawn: int | None = None  # what it draws when that is less than its price
    counts: list[int] = field(default_factory=list)  # all that it drew by one count or another
    total: int | None = None  # held and used after it; None in a campaign
    campaign: str | None = None
    outcome: str | None = None
    settled_at: datetime | None = None
    taken_at: datetime | None = None  # when it took of what is free, where that was not when it was held

    @property
    def kept(self) -> int:
        """What it holds or drew."""
        return self.price if self.drawn is None else self.drawn

    def ends(self, told: str) -> str | None:
        """How it ends when that is told; None: it is waited on (PKG-4)."""
        if self.rules.draws_at == "delivered":
            return {"delivered": "sent", "sent": None}.get(told, told)
        return "sent" if told in ("delivered", "not_delivered") else told


@dataclass
class Cycle:
    start: datetime
    end: datetime
    package: str
    value: int
    ceiling: int
    included: int
    cap: int | None = None
    budgets: dict[str, int] = field(default_factory=dict)  # by channel
    blocked_at: datetime | None = None
    capped_at: datetime | None = None  # since when the customer's own cap stops sends
    raised: int = 0
    package_told: set[str] = field(default_factory=set)  # since the package was raised
    limit_told: set[str] = field(default_factory=set)  # since package or limit were raised
    cap_told: set[str] = field(default_factory=set)  # in the cycle
    told: list[tuple[int, str]] = field(default_factory=list)
