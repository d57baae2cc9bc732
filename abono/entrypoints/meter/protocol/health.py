"""The JSON of what a process says of itself."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct


class LaneHealth(Struct):
    """Events that wait to be written."""

    name: str
    waiting: int
    oldest_ms: Annotated[int, Meta(description="How long the first of them has waited.")]


class WorkHealth(Struct):
    """Background work that is due and not done yet."""

    oldest_s: Annotated[int, Meta(description="How long the first of it has waited.")]
    parked: Annotated[int, Meta(description="What failed so often that nothing tries it any more.")]


class HealthAnswer(Struct):
    """Whether a process can serve. `durable`: the database keeps what it said it kept. Lanes are the fast lane's."""

    database: Literal["reachable", "unreachable"]
    durable: bool
    lanes: list[LaneHealth]
    open_requests: int
    open_streams: int
    body_bytes: int
    work: WorkHealth | None = None  # not known where the database is unreachable
