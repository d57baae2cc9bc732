"""What is old goes in bounded batches, with a count in the log, and stops when the process does."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from procrastinate.contrib.django import app

from abono.platform import throttle
from abono.platform.models import Throttle
from abono.platform.running import purge, stopping

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purge, "BATCH", 3)


def make_sessions(old: int, young: int) -> None:
    day = timedelta(days=1)
    ends = [NOON - day] * old + [NOON + day] * young
    Session.objects.bulk_create(
        [Session(session_key=f"s{n}", session_data="", expire_date=end) for n, end in enumerate(ends)]
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("old", [0, 2, 3, 7])
def test_all_that_is_old_goes_and_nothing_else(old: int, caplog: pytest.LogCaptureFixture) -> None:
    make_sessions(old, 2)
    with caplog.at_level(logging.INFO, purge.log.name):
        gone = purge.rows("sessions", Session.objects.filter(expire_date__lt=NOON))
    assert gone == old
    assert Session.objects.count() == 2
    said = [f"sessions: {old} rows removed"] if old else []
    assert [record.getMessage() for record in caplog.records] == said


@pytest.mark.django_db
@pytest.mark.usefixtures("small")
def test_one_night_takes_so_much_and_the_next_one_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purge, "MOST", 6)
    make_sessions(8, 0)
    assert purge.rows("sessions", Session.objects.filter(expire_date__lt=NOON)) == 6
    assert purge.rows("sessions", Session.objects.filter(expire_date__lt=NOON)) == 2


@pytest.mark.django_db
@pytest.mark.usefixtures("small")
def test_a_process_that_is_told_to_stop_leaves_the_rest_for_later() -> None:
    make_sessions(8, 0)
    stopping.tell()
    try:
        assert purge.rows("sessions", Session.objects.filter(expire_date__lt=NOON)) == 0
    finally:
        stopping.forget()
    assert Session.objects.count() == 8


@pytest.mark.django_db
@pytest.mark.usefixtures("small")
def test_tries_that_still_close_a_door_are_kept() -> None:
    for n in range(5):
        throttle.spend(f"x:{n}", free=9, now=NOON - throttle.FORGOTTEN_AFTER - timedelta(seconds=1))
    throttle.spend("y", free=9, now=NOON)
    assert throttle.forget_old(now=NOON) == 5
    assert Throttle.objects.count() == 1


def test_every_job_that_removes_is_on_the_schedule() -> None:
    app.perform_import_paths()
    names = {task for task, _id in app.periodic_registry.periodic_tasks}
    assert {"forget_visitors", "forget_old_answers", "forget_old_news"} <= names
    assert {"forget_ended_jobs", "forget_refused_holds", "forget_old_minutes"} <= names
