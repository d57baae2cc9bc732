"""Who tells us, whose contract it is, and what an operation needs of whoever serves it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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

    async def contracts(self, names: Iterable[str]) -> Mapping[str, Contract]: ...

    async def routes(self, wanted: Iterable[tuple[str, str, str]]) -> Mapping[tuple[str, str, str], int]: ...

    async def channels(self, wanted: Iterable[str]) -> frozenset[str]: ...


class Lane(Protocol):
    """One SQL function of metering: takes columns of packed elements, returns a column per answer."""

    async def submit(self, columns: Sequence[Sequence[Any]]) -> list[list[Any]]: ...


class Engine(Protocol):
    """The fast lane's connections and caches, or one connection of Django."""

    @property
    def holds(self) -> Lane: ...

    @property
    def settlements(self) -> Lane: ...

    @property
    def interactions(self) -> Lane: ...

    @property
    def known(self) -> Known: ...

    async def rows(self, statement: str, *arguments: object) -> list[tuple[Any, ...]]: ...
