"""The schedule after a worker was killed: what it had in hand is not kept from everybody for ever (OPS-1)."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from django.db import connection, connections
from procrastinate.exceptions import AlreadyEnqueued

from abono.domain.contracts import queries as contracts
from abono.entrypoints.jobs import tasks
from abono.flows.due_work import renew_due
from abono.platform import clock
from tests.fakes import FakeGateway
from tests.world import DAY, Tenant, load_catalog, make_padaria

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def catalog(gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)  # threads keep none after a task
    load_catalog()


def defer(task: str) -> None:
    with suppress(AlreadyEnqueued):  # the schedule of the worker was faster
        tasks.app.tasks[task].defer(timestamp=0)


def killed_with(task: str, *, silent_for_s: int) -> None:
    """A worker took the waiting task, and was not heard of since."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (now() - make_interval(secs => %s)) RETURNING id)"
            " UPDATE procrastinate_jobs SET status = 'doing', worker_id = dead.id FROM dead WHERE task_name = %s",
            [silent_for_s, task],
        )


def work() -> None:
    """What a worker finds to do, once over."""
    connector = tasks.app.connector.get_worker_connector()  # type: ignore[attr-defined]

    async def until_nothing_waits() -> None:
        with tasks.app.replace_connector(connector) as here:
            async with here.open_async():
                await here.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)

    asyncio.run(until_nothing_waits())


def padaria_that_is_due() -> Tenant:
    padaria = make_padaria(now=clock.now() - 40 * DAY)
    assert contracts.due_for_renewal(now=clock.now()) == [padaria.contract_id]
    return padaria


@pytest.mark.rule("OPS-1")
@pytest.mark.parametrize("pruned", [False, True])
def test_a_killed_worker_does_not_stop_the_renewals_for_ever(pruned: bool) -> None:
    padaria = padaria_that_is_due()
    defer("renew")
    killed_with("renew", silent_for_s=120)
    if pruned:  # the next worker that starts strikes the dead one off its list
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_workers")

    defer("free_stalled")
    work()
    defer("renew")
    work()
    assert contracts.get(padaria.contract_id).cycle_number == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'")
        assert cursor.fetchone() == (0,)


@pytest.mark.rule("OPS-1")
def test_what_a_living_worker_has_in_hand_is_left_to_it() -> None:
    defer("renew")
    killed_with("renew", silent_for_s=5)
    defer("free_stalled")
    work()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'renew' AND status = 'doing'"
        )
        assert cursor.fetchone() == (1,)


@pytest.mark.rule("OPS-1")
def test_every_task_of_the_schedule_can_be_done_twice() -> None:
    padaria = padaria_that_is_due()
    for _twice in range(2):
        for task in sorted(tasks.app.tasks):
            if "builtin" not in task:
                defer(task)
        work()
    assert contracts.get(padaria.contract_id).cycle_number == 1
    assert renew_due(now=clock.now()) == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name FROM procrastinate_jobs WHERE status = 'failed'")
        assert cursor.fetchall() == []
