"""What a process counts of itself is read at a port of its own, and tells of nobody (OPS-4)."""

from __future__ import annotations

import asyncio
import random
import urllib.request
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from procrastinate.contrib.django import app
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from abono.demo import ports
from abono.kernel.ids import uuid7
from abono.platform import agenda, clock
from abono.platform.models import Due
from abono.platform.queue import Lane
from abono.platform.running import metrics, worker
from abono.platform.work import Work
from tests.concurrency.own_database import leading_to

pytestmark = pytest.mark.rule("OPS-4", part="metrics and traces")


def read(text: str) -> dict[tuple[str, ...], float]:
    """By name and labels, in the order of their names, as a program reads them."""
    return {
        (sample.name, *(value for _label, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def of(collector: object) -> dict[tuple[str, ...], float]:
    registry = CollectorRegistry()
    registry.register(collector)  # type: ignore[arg-type]
    return read(generate_latest(registry).decode())


def asked(port: int) -> dict[tuple[str, ...], float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        return read(answer.read().decode())


@pytest.mark.django_db
def test_a_process_is_read_at_the_first_free_port_and_tells_how_requests_went() -> None:
    [port] = ports.any_free(1)
    end = metrics.serve(port)
    also = metrics.serve(port)
    try:
        before = asked(port)
        Client().get("/en/sign-in/?who=ana")
        Client().get("/wp-login.php?ana")
        after = asked(port + 1)  # of the same process here; of the next one of the machine otherwise
    finally:
        end()
        also()
    counted = "abono_request_seconds_count"
    new = {key: value - before.get(key, 0) for key, value in after.items() if key[0] == counted}
    grown = {key: value for key, value in new.items() if value}
    assert sum(grown.values()) == 2
    assert {(method, status) for _name, _door, method, status in grown} == {("GET", "2xx"), ("GET", "4xx")}
    assert not any("ana" in label or "wp-login" in label for key in after for label in key)
    with pytest.raises(OSError, match="refused"):
        asked(port)
    metrics.serve(0)()


def test_a_spread_is_what_one_counts_by_hand() -> None:
    spread, dice = metrics.Spread(), random.Random(4)
    took = [dice.choice((0.001, 0.5, 99.0, dice.uniform(0, 12))) for _ in range(500)]
    for seconds in took:
        spread.note(seconds, "x")
    family = spread.family("took", "…", ["what"])
    by_bound = {
        sample.labels["le"]: sample.value for sample in family.samples if sample.name == "took_bucket"
    }
    assert by_bound == {
        **{str(bound): sum(one <= bound for one in took) for bound in metrics.BOUNDS_S},
        "+Inf": 500,
    }


@pytest.mark.django_db
def test_a_worker_tells_what_waits_what_was_given_up_and_who_works() -> None:
    now = clock.now()
    for minutes in (3, 5, 7):
        agenda.note(
            agenda.Kind("renew", Lane.BILLING),
            subject=uuid7(),
            due_at=now - timedelta(minutes=minutes),
            now=now,
        )
    Due.objects.filter(due_at__lt=now - timedelta(minutes=6)).update(parked_at=now, reason="…")
    found = of(Work())
    assert found["abono_work_oldest_seconds",] == pytest.approx(300, abs=30)
    assert found["abono_work_late_seconds", "renew"] == pytest.approx(300, abs=30)
    assert found["abono_work_due", "renew"] == 2
    assert (found["abono_work_parked",], found["abono_workers",], found["abono_database_up",]) == (1, 0, 1)
    assert found["abono_clock_lag_seconds",] == pytest.approx(0, abs=5)


@pytest.mark.django_db(transaction=True)
def test_without_its_database_a_worker_says_so() -> None:
    with leading_to("postgresql://nobody@127.0.0.1:1/nowhere"):
        assert of(Work()) == {("abono_database_up",): 0}
    assert connection.ensure_connection() is None


def test_a_job_is_timed_and_counted_by_how_it_ended() -> None:
    async def ends() -> None: ...

    async def fails() -> None:
        raise ZeroDivisionError

    def count(outcome: str) -> float:
        return of(metrics.JOBS).get(("abono_job_seconds_count", outcome, "made up"), 0)

    job = Job(id=7, queue="q", lock=None, queueing_lock=None, task_name="made up", task_kwargs={})
    context = JobContext(app=app, job=job, start_timestamp=0, abort_reason=lambda: None)
    asyncio.run(worker._named(ends, context, None))  # type: ignore[arg-type]
    with pytest.raises(ZeroDivisionError):
        asyncio.run(worker._named(fails, context, None))  # type: ignore[arg-type]
    assert (count("done"), count("failed")) == (1, 1)
