"""What the database shows: itself, its tables, the work in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from abono.config import env, unsafe
from abono.config.doctor.finding import Finding, ok, warning, wrong
from abono.domain.catalog import queries as catalog
from abono.domain.customers import queries as customers
from abono.domain.identity import sealed, staff
from abono.domain.identity.sealed import Under
from abono.domain.metering.layout import ENTRIES
from abono.kernel.periods import add_months
from abono.platform import agenda
from abono.platform.postgres import durability, partitions, schema

OLDEST = 15  # of PostgreSQL
SILENT_S = 60  # a worker says every ten seconds that it is there
LATE_S = 300
SKEW_S, SKEW_MOST_S = 2, 30


def server(given: env.Settings) -> Iterator[Finding]:
    """Raises what the database raises when it does not answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int, current_database(), current_user")
        number, name, user = cursor.fetchone()
        shown = {}
        for setting in durability.NEEDED:
            cursor.execute(f"SHOW {setting}")
            shown[setting] = cursor.fetchone()[0]
    version = f"PostgreSQL {number // 10_000}.{number % 10_000}, {name} as {user}"
    if number < OLDEST * 10_000:
        yield wrong("database", version, f"Upgrade it to {OLDEST} or newer")
    else:
        yield ok("database", version)
    try:
        durability.judge(shown)
        yield ok("durability", "what is committed survives a crash")
    except durability.NotDurable as lost:
        level = warning if given.allow_unsafe_fsync and not given.secure else wrong
        yield level("durability", str(lost), "Turn it on in postgresql.conf")
    if unsafe.sslmode(given) in ("require", "verify-ca"):
        yield warning(
            "database line",
            "encrypted, but nobody makes sure who answers",
            "Put sslmode=verify-full and sslrootcert into DATABASE_URL",
        )


def tables() -> Iterator[Finding]:
    found = schema.state()
    if found.missing:
        lacking = "none yet" if found.empty else f"lacking: {schema.some(found.missing)}"
        yield wrong("tables", lacking, "Run: abono migrate")
    if found.edited:
        yield wrong("tables", f"made by other forms of {schema.some(found.edited)}", schema.BEGIN_ANEW)
    if found.newer:
        yield warning("tables", f"of a newer program: {schema.some(found.newer)}", "Upgrade this program")
    if not (found.missing or found.edited or found.newer):
        yield ok("tables", "those of this program")


def time(now: datetime) -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        skew_s = abs((cursor.fetchone()[0] - now).total_seconds())
    said = f"{skew_s:.1f} s between this machine and the database"
    if skew_s > SKEW_MOST_S:
        yield wrong("clock", said, "Let both follow a time server")
    elif skew_s > SKEW_S:
        yield warning("clock", said, "Let both follow a time server")
    else:
        yield ok("clock", said)


def months(now: datetime) -> Iterator[Finding]:
    """Partitions of entries that are there before they are needed."""
    there = {(one.table, one.month) for one in partitions.partitions(ENTRIES)}
    first = now.date().replace(day=1)
    ahead = [add_months(first, count) for count in range(settings.MONTHS_AHEAD + 1)]
    lacking = [f"{month:%Y-%m}" for month in ahead if any((t, month) not in there for t in ENTRIES.tables)]
    if lacking:
        level = wrong if f"{first:%Y-%m}" in lacking or f"{ahead[1]:%Y-%m}" in lacking else warning
        yield level("months ahead", f"lacking: {', '.join(lacking)}", "Run: abono partitions ahead")
    else:
        yield ok("months ahead", f"until {ahead[-1]:%Y-%m}")


def work(now: datetime) -> Iterator[Finding]:
    """Whether a worker is alive, and whether it keeps up."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(last_heartbeat) FROM procrastinate_workers")
        heard_at = cursor.fetchone()[0]
        cursor.execute(agenda.BACKLOG, [now])
        oldest_at, parked = cursor.fetchone()
    if heard_at is None or now - heard_at > timedelta(seconds=SILENT_S):
        since = "none was ever seen" if heard_at is None else f"none since {heard_at:%Y-%m-%d %H:%M:%S}Z"
        yield wrong("worker", since, "Start one: abono worker")
    else:
        yield ok("worker", f"heard {max(0, (now - heard_at).total_seconds()):.0f} s ago")
    late_s = 0 if oldest_at is None else (now - oldest_at).total_seconds()
    if late_s > LATE_S:
        yield warning(
            "work", f"the oldest waits for {late_s / 60:.0f} minutes", "Start more workers, read their log"
        )
    elif parked:
        yield warning("work", f"{parked} were given up", "Read: abono parked")
    else:
        yield ok("work", "nothing is late")


def content(given: env.Settings, now: datetime) -> Iterator[Finding]:
    """What a seller has to put in before somebody can buy."""
    for reason in unsafe.of_database(given):
        yield wrong("safety", reason.what, reason.do)
    plans = len(catalog.plans_on_sale(at=now))
    if plans:
        yield ok("catalog", f"{plans} plans on sale")
    else:
        yield warning("catalog", "nothing is on sale", "Run: abono catalog apply FILE")
    if staff.colleagues():
        yield ok("staff", "somebody may open the back office")
    else:
        yield warning(
            "staff", "nobody may open the back office", "Run: abono staff add EMAIL --name NAME --role owner"
        )
    ahead = sum(one.clock_offset_s > 0 for one in customers.sandboxes()) if not settings.SANDBOX else 0
    if ahead:
        yield warning(
            "sandboxes",
            f"{ahead} customers have clocks that run ahead, and ABONO_SANDBOX is off",
            "They keep those clocks: use a database in which nobody has tried anything",
        )


def texts() -> Iterator[Finding]:
    """What lies encrypted, and whether the keys that are given read it."""
    found = sealed.standing()
    if found[Under.BEFORE]:
        yield warning(
            "encrypted",
            f"{found[Under.BEFORE]} texts are under the key before",
            "Run: abono encrypt-anew. Until then ABONO_SECRET_KEY_BEFORE is needed",
        )
    if found[Under.NONE]:
        yield warning(
            "encrypted",
            f"{found[Under.NONE]} texts are read by no key: second factors, single sign-on",
            "Give the key that they were made under as ABONO_SECRET_KEY_BEFORE and run abono encrypt-anew; where it is lost: docs/production.md, another secret key",
        )
    if not (found[Under.BEFORE] or found[Under.NONE]):
        yield ok("encrypted", f"{found[Under.NOW]} texts, all under the key of now")
