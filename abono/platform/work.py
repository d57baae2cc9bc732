"""What waits and who works, for Prometheus: a worker asks the database when somebody asks the worker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db import DatabaseError, connection
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from abono.platform import agenda, clock


class Work(Collector):
    """`abono_database_up` is 0 where it does not answer; then there is nothing else."""

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        """On a thread of its own, with a connection that it gives back."""
        try:
            found = list(_look())
        except DatabaseError:
            found = [_gauge("abono_database_up", "Whether the database answers", 0)]
        finally:
            connection.close()
        return found


def _look() -> Iterator[Metric]:
    now = clock.now()
    backlog = agenda.backlog(real=now)
    oldest_s = 0.0 if backlog.oldest_at is None else max((now - backlog.oldest_at).total_seconds(), 0)
    with connection.cursor() as cursor:
        cursor.execute(agenda.WORKERS)
        (workers,) = cursor.fetchone()
        asked_at = clock.now()
        cursor.execute("SELECT clock_timestamp()")
        lag_s = (cursor.fetchone()[0] - asked_at).total_seconds()
    yield _gauge("abono_database_up", "Whether the database answers", 1)
    yield _gauge("abono_work_oldest_seconds", "How long the oldest work has been due", oldest_s)
    yield from _by_kind(now)
    yield _gauge("abono_work_parked", "Work that was given up", backlog.parked)
    yield _gauge("abono_workers", "Workers that were heard of in the last half minute", workers)
    yield _gauge("abono_clock_lag_seconds", "How far the database's clock is ahead of ours", lag_s)


def _by_kind(now: datetime) -> Iterator[Metric]:
    """Of `renew`, which a billing run does, what is left and how late it is."""
    due = GaugeMetricFamily("abono_work_due", "Work that is due, or in hand", labels=["kind"])
    late = GaugeMetricFamily("abono_work_late_seconds", "How long the oldest has been due", labels=["kind"])
    for kind, count, oldest in agenda.due_by_kind(real=now):
        due.add_metric([kind], count)
        late.add_metric([kind], max((now - oldest).total_seconds(), 0))
    yield due
    yield late


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value=value)
