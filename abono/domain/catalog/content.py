"""What a catalog says, whether it was read from the file or from what is on sale: the two can be compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import Enum

from abono.domain.catalog.types import ORDINARY, Cost, RouteKey, Terms

type Labels = Mapping[str, str]  # language: text


@dataclass(frozen=True, slots=True)
class FunctionEntry:
    code: str
    labels: Labels
    position: int


@dataclass(frozen=True, slots=True)
class KindEntry:
    code: str
    labels: Labels


@dataclass(frozen=True, slots=True)
class ChannelEntry:
    code: str
    labels: Labels
    position: int
    by_country: bool
    kinds: tuple[KindEntry, ...]
    uses: tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class PlanPriceEntry:
    currency: str
    interval: str
    price_minor: int
    activation_fee_minor: int
    extra_interaction_micro: int
    extra_licence_minor: int


@dataclass(frozen=True, slots=True)
class PlanEntry:
    """One plan; codes of functions and prices are sorted, so that equal plans compare equal."""

    code: str
    name: str
    rank: int
    on_request: bool
    most_chosen: bool
    credits: int | None  # None: by contract
    licences: int | None
    limit_percent: int | None  # None: unlimited
    functions: tuple[str, ...]
    prices: tuple[PlanPriceEntry, ...]


@dataclass(frozen=True, slots=True, order=True)
class SessionPriceEntry:
    channel: str
    kind: str
    country: str
    valid_from: datetime
    price_micro: int
    terms: Terms = ORDINARY
    cost: Cost | None = None

    @property
    def route(self) -> RouteKey:
        return self.channel, self.kind, self.country


@dataclass(frozen=True, slots=True)
class PackageEntry:
    """One package; its session prices are sorted by route, then by date."""

    code: str
    currency: str
    value_minor: int
    prices: tuple[SessionPriceEntry, ...]


@dataclass(frozen=True, slots=True)
class Catalog:
    functions: tuple[FunctionEntry, ...]
    channels: tuple[ChannelEntry, ...]
    plans: tuple[PlanEntry, ...]
    packages: tuple[PackageEntry, ...]


class Action(Enum):
    """What happens to a thing when a catalog is applied."""

    NEW = "new"
    UPDATED = "updated"  # names and order only: nothing that is sold
    NEW_VERSION = "new version"
    DATED_PRICES = "later prices"  # the version stays, rows with a future date are added (CAT-6)
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Change:
    action: Action
    noun: str  # "function", "channel", "plan", "package"
    code: str
    details: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.noun} {self.code}: {self.action.value}"


@dataclass(frozen=True, slots=True)
class Changes:
    """What applying a catalog does, or did. Empty, and false, when it is all in force already."""

    changes: tuple[Change, ...]

    def __bool__(self) -> bool:
        return bool(self.changes)

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    def codes(self, noun: str, *actions: Action) -> frozenset[str]:
        return frozenset(c.code for c in self.changes if c.noun == noun and c.action in actions)


def fingerprint(entry: PlanEntry | PackageEntry) -> str:
    """SHA-256 of all that the catalog said of a version when it came on sale, in hexadecimal."""
    text = json.dumps(asdict(entry), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
