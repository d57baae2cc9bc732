"""What metering needs from time to time. The fast lane writes facts and defers nothing: these look for them."""

from __future__ import annotations

from django.conf import settings
from procrastinate.contrib.django import app

from abono.domain.metering.layout import ENTRIES
from abono.domain.uncovered.actions import forget_refused_holds
from abono.domain.usage import detach, minutes, rollups
from abono.flows.licences.tell import tell_licences
from abono.flows.limits.tell_thresholds import tell_thresholds
from abono.flows.uncovered.tell import tell_uncovered
from abono.platform import clock
from abono.platform.postgres import doors, partitions, roles
from abono.platform.queue import Lane


@app.periodic(cron="* * * * * */5")
@app.task(name="tell_thresholds", queue=Lane.BILLING, queueing_lock="tell_thresholds")
def thresholds(timestamp: int) -> None:
    """Packages that warn or are blocked: notices, once for each crossing (LIM-3)."""
    tell_thresholds()


@app.periodic(cron="* * * * *")
@app.task(name="tell_uncovered", queue=Lane.BILLING, queueing_lock="tell_uncovered")
def uncovered(timestamp: int) -> None:
    """Sends that nothing covers: notices, one a day for each contract (PKG-12)."""
    tell_uncovered(real=clock.now())


@app.periodic(cron="* * * * * */5")
@app.task(name="tell_licences", queue=Lane.BILLING, queueing_lock="tell_licences")
def licences(timestamp: int) -> None:
    """Refusals and leases that ended without their people: events, once for each (LIC-10)."""
    tell_licences(real=clock.now())


@app.periodic(cron="40 2 * * *")
@app.task(name="forget_refused_holds", queue=Lane.UPKEEP, queueing_lock="forget_refused_holds")
def refused_holds(timestamp: int) -> None:
    """What is kept of holds that were refused weeks ago."""
    forget_refused_holds(now=clock.now())


@app.periodic(cron="* * * * *")
@app.task(name="note_oldest_open_hold", queue=Lane.UPKEEP, queueing_lock="note_oldest_open_hold")
def note_oldest_open_hold(timestamp: int) -> None:
    """Up to where every send is settled, so that the seller's page need not look there again."""
    minutes.note_oldest_open_hold(now=clock.now())


@app.periodic(cron="10 * * * *")
@app.task(name="forget_old_minutes", queue=Lane.UPKEEP, queueing_lock="forget_old_minutes")
def forget_old_minutes(timestamp: int) -> None:
    """Figures of the minutes of the day before yesterday."""
    minutes.forget_old(now=clock.now())


@app.periodic(cron="*/10 * * * *")
@app.task(name="roll_up", queue=Lane.UPKEEP, queueing_lock="roll_up", lock="roll_up")
def roll_up(timestamp: int) -> None:
    """Sends that ended are added up, so that usage pages need not read them one by one (FIN-5)."""
    rollups.roll(now=clock.now())


@app.periodic(cron="15 2 * * *")
@app.task(name="partitions", queue=Lane.UPKEEP, queueing_lock="partitions", lock="partitions")
def months(timestamp: int) -> None:
    """Partitions of entries: the next months are made, old ones detached. Whoever signs in for workers alone owns no
    table: there `abono partitions detach` has to be called as the owner (docs/database-roles.md)."""
    now = clock.now()
    said = partitions.for_workers(ENTRIES)
    make = doors.call("month", said, doors.WORKERS) if settings.DATABASE_ROLES else partitions.MAKE
    partitions.create_ahead(ENTRIES, now=now, ahead=settings.MONTHS_AHEAD, make=make)
    with roles.as_owner() as owns:
        if owns:
            detach.detach_old(now=now, kept=settings.MONTHS_KEPT)
