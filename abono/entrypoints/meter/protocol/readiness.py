"""GET /v1/health where there is no fast lane: whether the database is there, and keeps what it says it kept."""

from __future__ import annotations

from django.conf import settings
from django.db import OperationalError, connection

from abono.entrypoints.meter.protocol import reading, wire
from abono.platform import durability

DURABLE = "SELECT bool_and(setting = 'on') FROM pg_settings WHERE name = ANY (%s)"


def look() -> wire.HealthAnswer:
    """Raises Problem (503) when it cannot serve; its facts are those of the answer."""
    durable = None
    try:
        with connection.cursor() as cursor:
            cursor.execute(DURABLE, [list(durability.NEEDED)])
            (durable,) = cursor.fetchone()
    except OperationalError:
        pass
    found = wire.HealthAnswer(
        database="unreachable" if durable is None else "reachable",
        durable=bool(durable),
        lanes=[],
        open_requests=0,
        open_streams=0,
        body_bytes=0,
    )
    if durable is None or not (durable or settings.ALLOW_UNSAFE_FSYNC):
        raise reading.not_ready(found)
    return found
