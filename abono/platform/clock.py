"""The only reader of the system clock (TIM-1). Entrypoints ask once and pass the moment on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def shifted(offset_s: int) -> datetime:
    """This moment on a sandbox customer's own clock, which runs `offset_s` seconds ahead (TIM-2)."""
    return now() + timedelta(seconds=offset_s)
