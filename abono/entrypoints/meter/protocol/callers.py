"""Who tells us, whose contract it is, and what an operation needs of whoever serves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Caller:
    """An API key. `customer_id` is None for the seller's own, which reaches every contract."""

    customer_id: UUID | None
    scopes: frozenset[str]
    expires_at: datetime | None

    def may_reach(self, contract: Contract) -> bool:
        return self.customer_id is None or self.customer_id == contract.customer_id


@dataclass(frozen=True, slots=True)
class Contract:
    id: UUID
    text: str  # of the id, as the database writes it
    customer_id: UUID
    currency: str
    offset_s: int  # by which the customer's clock is ahead


class Known(Protocol):
    """Looks up what need not be asked each time."""

    async def contracts(self, names: Set[str]) -> Mapping[str, Contract]: ...

    async def routes(self, wanted: Set[tuple[str, str, str]]) -> Mapping[tuple[str, str, str], int]: ...

    async def channels(self, wanted: Set[str]) -> Mapping[str, frozenset[str]]:
        """For each channel the uses that it is allowed for (PKG-10)."""
        ...


class Lane(Protocol):
    """One SQL function of metering: takes events of packed elements, returns an answer for each."""

    async def submit(self, events: Sequence[tuple[Any, ...]]) -> Sequence[tuple[Any, ...]]: ...


class Engine(Protocol):
    """The fast lane's connections and caches, or one connection of Django."""

    @property
    def holds(self) -> Lane: ...

    @property
    def settlements(self) -> Lane: ...

    @property
    def interactions(self) -> Lane: ...

    @property
    def campaign_settlements(self) -> Lane: ...

    @property
    def known(self) -> Known: ...

    async def rows(self, statement: str, *arguments: object) -> list[tuple[Any, ...]]: ...
