"""A PostgreSQL of a test's own, that may be stopped, killed and started again."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.db import connection
from psycopg.conninfo import conninfo_to_dict

from abono.platform.postgres import place as postgres_place


def kill_postgresql(home: Path) -> None:
    """All its processes, the first one first, so that it starts none anew."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity")
        pids = [pid for (pid,) in cursor.fetchall()]
    first = (postgres_place.locate(home).data / "postmaster.pid").read_text().split("\n")[0]
    for pid in (int(first), *pids):
        with suppress(ProcessLookupError):  # it may have noticed that the first one is gone
            os.kill(pid, signal.SIGKILL)
    connection.close()


@contextmanager
def leading_to(url: str) -> Iterator[None]:
    """Django's default connection leads to another server meanwhile."""
    given = connection.settings_dict
    before = dict(given)
    target = conninfo_to_dict(url)
    connection.close()
    given |= {name.upper(): target.get(name, "") for name in ("host", "port", "user", "password")}
    given |= {"NAME": target["dbname"]}
    try:
        yield
    finally:
        connection.close()
        given |= before
