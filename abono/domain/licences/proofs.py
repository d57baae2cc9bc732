"""What a signed proof of a lease says, and until when it is of use (LIC-11)."""

from __future__ import annotations

from datetime import datetime, timedelta

LONGEST = timedelta(minutes=15)


def ends(*, now: datetime, left: timedelta, idle_left: timedelta | None) -> datetime:
    """The moment before which the lease is given to nobody else by time, at most fifteen minutes ahead.

    left        for how long the lease lasts without a heartbeat
    idle_left   in how long it may go to who waits, as its person is idle (LIC-8); None: it stays
    """
    shortest = min(left, LONGEST) if idle_left is None else min(left, LONGEST, idle_left)
    return now + shortest


def claims(
    *, issuer: str, contract: str, person: str, device: str, lease: str, now: datetime, until: datetime
) -> dict[str, object]:
    """In the words of RFC 7519. Whole seconds: it ends no later than it may."""
    return {
        "iss": issuer,
        "sub": person,
        "contract": contract,
        "device": device,
        "lease": lease,
        "iat": int(now.timestamp()),
        "exp": int(until.timestamp()),
    }
