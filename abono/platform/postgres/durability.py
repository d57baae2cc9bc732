"""What was answered must survive a crash: no serving on a database that may forget its commits (PKG-6)."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.db import connection

NEEDED = ("fsync", "full_page_writes")
DURABLE = "SELECT bool_and(setting = 'on') FROM pg_settings WHERE name = ANY (%s)"  # of NEEDED


class NotDurable(Exception):
    """The database may lose what it said it kept."""


def require() -> None:
    """Look at the database, and raise NotDurable unless a commit there survives a crash.

    An installation for development may allow it: ABONO_ALLOW_UNSAFE_FSYNC.
    """
    shown = {}
    with connection.cursor() as cursor:
        for name in NEEDED:
            cursor.execute(f"SHOW {name}")
            shown[name] = cursor.fetchone()[0]
    if not settings.ALLOW_UNSAFE_FSYNC:
        judge(shown)


def judge(shown: Mapping[str, str]) -> None:
    """Raises NotDurable when one of the settings, as PostgreSQL shows them, is off."""
    off = [name for name in NEEDED if shown[name] != "on"]
    if off:
        raise NotDurable(
            f"the database runs with {' and '.join(off)} off: a crash may lose credit that was paid for."
            " Turn it on; for development only, set ABONO_ALLOW_UNSAFE_FSYNC=1."
        )
