"""The JSON of what a process says of itself."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct


class LiveAnswer(Struct):
    """The process answers. Nothing else was looked at."""

    status: Literal["live"] = "live"


class ReadyAnswer(Struct):
    """The process can serve: send it traffic."""

    status: Literal["ready"] = "ready"


class LaneHealth(Struct):
    """Events that wait to be written."""

    name: str
    waiting: int
    oldest_ms: Annotated[int, Meta(description="How long the first of them has waited.")]


class WorkHealth(Struct):
    """Background work that is due and not done yet."""

    oldest_s: Annotated[int, Meta(description="How long the first of it has waited.")]
    parked: Annotated[int, Meta(description="What failed so often that nothing tries it any more.")]
    workers: Annotated[
        int, Meta(description="How many were heard of in the last half minute; each process has two.")
    ]


class HealthAnswer(Struct):
    """What a process finds when it looks at itself. Lanes are the fast lane's."""

    database: Literal["reachable", "unreachable"]
    durable: Annotated[bool, Meta(description="The database keeps what it said it kept.")]
    migrated: Annotated[bool, Meta(description="It has all tables of this version.")]
    static_files: Annotated[bool, Meta(description="What pages are drawn with is there.")]
    lanes: list[LaneHealth]
    open_requests: int
    open_streams: int
    body_bytes: int
    work: WorkHealth | None = None  # not known where the database is unreachable
