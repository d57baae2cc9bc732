"""What other packages see of plans and packages. All of it is frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from abono.kernel.money import Money
from abono.kernel.rating import to_micro

EVERYWHERE = "*"  # the country of a channel that is priced the same in the whole world
MASS_SEND = "mass_send"
USES = (MASS_SEND, "sales", "chatbot")  # PKG-10

UNITS = ("message", "session", "minute")  # what a price is for (CAT-9); a session lasts 24 hours
STATUSES = ("sent", "delivered")  # at which a price can be drawn
SCOPES = ("contract", "sender")  # for whom free units are counted; a sender is a number that sends
PERIODS = ("month", "day")

type RouteKey = tuple[str, str, str]  # channel, kind, country


@dataclass(frozen=True, slots=True)
class Ways:
    """All that can be sent at all: the routes by their numbers, and what each channel may be used for (PKG-10)."""

    routes: Mapping[RouteKey, int]
    uses: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class PlanInfo:
    """One version of a software plan. `None` stands for "by contract", in the limit for "unlimited"."""

    id: UUID
    code: str
    version: int
    name: str
    rank: int  # a higher rank is a step up
    on_request: bool
    most_chosen: bool
    included_credits: int | None  # interactions a month
    included_licences: int | None
    limit_percent: int | None  # overage limit in % of the package
    function_codes: tuple[str, ...]

    def functions(self, labels: Mapping[str, str]) -> list[str]:
        """Their names, in the order of the catalog: see `queries.function_labels`."""
        return [label for code, label in labels.items() if code in self.function_codes]


@dataclass(frozen=True, slots=True)
class PlanPriceInfo:
    """What a plan version costs in one currency and interval."""

    plan_id: UUID
    currency: str
    interval: str  # "month" or "year"
    price_minor: int
    activation_fee_minor: int  # once, on the first invoice
    extra_interaction_micro: int  # millionths of the currency, each
    extra_licence_minor: int

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)

    @property
    def activation_fee(self) -> Money:
        return Money(self.activation_fee_minor, self.currency)

    @property
    def extra_licence(self) -> Money:
        return Money(self.extra_licence_minor, self.currency)


@dataclass(frozen=True, slots=True)
class PackageInfo:
    """One version of a channel package."""

    id: UUID
    code: str
    version: int
    currency: str
    value_minor: int  # a month

    @property
    def value(self) -> Money:
        return Money(self.value_minor, self.currency)

    @property
    def value_micro(self) -> int:
        return to_micro(self.value)


@dataclass(frozen=True, slots=True)
class FreeQuantity:
    """So many units are free again every month or day (CAT-9)."""

    quantity: int
    scope: str  # of SCOPES
    period: str  # of PERIODS
    zone: str  # in which the period begins


@dataclass(frozen=True, slots=True)
class FreeWindow:
    """Sends are free for some hours after something that the contact did (CAT-9)."""

    after: str  # kind of contact event
    hours: int


@dataclass(frozen=True, slots=True)
class Terms:
    """By which rules a price is drawn (CAT-9). What a unit costs the seller is not among them: see Cost."""

    unit: str = "message"  # of UNITS
    draws_at: str = "sent"  # of STATUSES
    zone: str = "UTC"  # in which the day begins from which the price holds
    free: FreeQuantity | None = None
    window: FreeWindow | None = None


ORDINARY = Terms()


@dataclass(frozen=True, slots=True)
class Cost:
    """What a unit costs the seller, in whatever currency: for the back office, never for customers (CAT-9)."""

    micro: int
    currency: str


@dataclass(frozen=True, slots=True)
class SessionPriceInfo:
    """The price of one unit on a route inside a package, in force at the moment that was asked for."""

    route_id: int
    channel: str
    kind: str
    country: str
    price_micro: int  # millionths of the package's currency; 0 is free
    valid_from: datetime
    terms: Terms = ORDINARY


@dataclass(frozen=True, slots=True)
class KindInfo:
    code: str
    label: str


@dataclass(frozen=True, slots=True)
class ChannelInfo:
    """A channel with its names in one language."""

    code: str
    label: str
    by_country: bool
    kinds: tuple[KindInfo, ...]
    uses: tuple[str, ...]  # of USES (PKG-10)


@dataclass(frozen=True, slots=True)
class PlanColumn:
    """One plan on the price page; no price when it is on request or not sold in the page's currency."""

    plan: PlanInfo
    price: PlanPriceInfo | None
    overage_price_percent: int  # what use beyond the package costs, of the session prices (LIM-1)


@dataclass(frozen=True, slots=True)
class FunctionRow:
    """One function on the price page; `included` stands in the order of the page's plans."""

    code: str
    label: str
    included: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class SessionCell:
    """Price and volume of one kind of send in one package; neither when it cannot be sent with it."""

    price_micro: int | None  # millionths; 0 is free
    volume: int | None  # ceil(package value / price) (CAT-4); None when free

    @property
    def free(self) -> bool:
        return self.price_micro == 0


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One kind of send on the price page; `cells` stand in the order of the page's packages."""

    channel: str
    channel_label: str
    kind: str
    kind_label: str
    cells: tuple[SessionCell, ...]
    terms: Terms = ORDINARY  # by which its price is drawn, whatever the package


@dataclass(frozen=True, slots=True)
class PricePage:
    """All that a public price page shows (CAT-7), for one currency, language and country."""

    currency: str
    language: str
    interval: str
    country: str  # whose session prices are shown
    currencies: tuple[str, ...]  # to switch to
    countries: tuple[str, ...]  # priced in this currency, ISO 3166-1
    plans: tuple[PlanColumn, ...]  # by rank
    functions: tuple[FunctionRow, ...]
    packages: tuple[PackageInfo, ...]  # by value
    sessions: tuple[SessionRow, ...]
    volumes_up: bool  # rounded up, else what really fits (CAT-4)
    by_year: bool = False  # whether a plan of it is sold by the year (CAT-10)
