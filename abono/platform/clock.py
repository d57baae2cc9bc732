"""The only reader of the system clock (TIM-1). Entrypoints ask once and pass the moment on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from abono.kernel.moment import Moment


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def moment(offset_s: int) -> Moment:
    """This moment, for a customer whose clock runs `offset_s` seconds ahead: 0 unless it is a sandbox (TIM-2)."""
    real = now()
    return Moment(real, real + timedelta(seconds=offset_s))


def shifted(offset_s: int) -> datetime:
    """This moment on such a customer's own clock."""
    return moment(offset_s).now
