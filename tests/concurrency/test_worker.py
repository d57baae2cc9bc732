"""The schedule after a worker was killed: what it had in hand is not kept from everybody for ever (OPS-1)."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from django.core import mail
from django.db import connection, connections
from django.db.models.functions import Now
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from abono.domain.contracts import queries as contracts
from abono.domain.contracts.due import RENEW
from abono.domain.contracts.models import Contract
from abono.domain.invoicing.models import Invoice
from abono.flows.check_books import check_books
from abono.flows.wallet import save_card
from abono.platform import agenda, clock
from abono.platform.agenda import Backlog
from abono.platform.models import Due
from abono.platform.running import worker
from tests.examples import by_day
from tests.fakes import FakeGateway
from tests.work import renew_due
from tests.world import DAY, Tenant, load_catalog, make_padaria

pytestmark = pytest.mark.django_db(transaction=True)
MANY = by_day(6, full=10)  # more than a worker has threads


@pytest.fixture(autouse=True)
def catalog(gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)  # threads keep none after a task
    load_catalog()
    app.perform_import_paths()


def defer(task: str) -> None:
    with suppress(AlreadyEnqueued):  # the schedule of the worker was faster
        app.tasks[task].defer(timestamp=0)


def killed_with(task: str, *, silent_for_s: int) -> None:
    """A worker took the waiting task, and was not heard of since."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat)"
            " VALUES (now() - make_interval(secs => %s)) RETURNING id)"
            " UPDATE procrastinate_jobs SET status = 'doing', worker_id = dead.id FROM dead WHERE task_name = %s",
            [silent_for_s, task],
        )


def until(true: Callable[[], bool]) -> None:
    """Look until it is true; a minute at most."""
    end, pace = time.monotonic() + 60, threading.Event()
    while not true():
        assert time.monotonic() < end
        pace.wait(0.05)


def work() -> None:
    """What a worker finds to do, once over."""
    connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]

    async def until_nothing_waits() -> None:
        with app.replace_connector(connector) as here:
            async with here.open_async():
                await here.run_worker_async(wait=False, install_signal_handlers=False, listen_notify=False)

    asyncio.run(until_nothing_waits())


@contextmanager
def working(*, concurrency: int) -> Iterator[None]:
    """What `abono worker` does, meanwhile; it is told to stop at the end."""
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        task = loop.create_task(worker.run(concurrency=concurrency))
        process = threading.Thread(target=loop.run_until_complete, args=[asyncio.wait([task])])
        process.start()
        try:
            yield
        finally:
            loop.call_soon_threadsafe(task.cancel)
            process.join()
    assert task.cancelled()


def padaria_that_is_due() -> Tenant:
    padaria = make_padaria(now=clock.now() - 40 * DAY)
    renewal = agenda.find("renew", subject=padaria.contract_id)
    assert renewal is not None
    assert renewal.due_at == padaria.contract.cycle_end < clock.now()
    return padaria


@pytest.mark.rule("OPS-1", part="killed at any moment")
@pytest.mark.parametrize("pruned", [False, True])
def test_a_killed_worker_does_not_stop_the_renewals_for_ever(pruned: bool) -> None:
    padaria = padaria_that_is_due()
    assert agenda.claim(now=clock.now(), kinds=[RENEW]) is not None  # it had the renewal in hand,
    defer("sweep")
    killed_with("sweep", silent_for_s=120)  # and the sweep
    if pruned:  # the next worker that starts strikes the dead one off its list
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_workers")

    defer("free_stalled")
    work()
    assert contracts.get(padaria.contract_id).cycle_number == 0
    Due.objects.update(held_until=Now())  # two minutes later
    defer("sweep")
    work()
    assert contracts.get(padaria.contract_id).cycle_number == 1
    assert [invoice.state for invoice in Invoice.objects.filter(reason="renewal")] == ["paid"]
    assert agenda.backlog(real=clock.now()) == Backlog(None, 0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'")
        assert cursor.fetchone() == (0,)


@pytest.mark.rule("OPS-1")
def test_what_a_living_worker_has_in_hand_is_left_to_it() -> None:
    defer("sweep")
    killed_with("sweep", silent_for_s=5)
    defer("free_stalled")
    work()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'sweep' AND status = 'doing'"
        )
        assert cursor.fetchone() == (1,)


@pytest.mark.rule("OPS-1")
def test_every_task_of_the_schedule_can_be_done_twice() -> None:
    padaria = padaria_that_is_due()
    for _twice in range(2):
        for task, _id in app.periodic_registry.periodic_tasks:
            defer(task)
        work()
    assert contracts.get(padaria.contract_id).cycle_number == 1
    assert renew_due(now=clock.now()) == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name FROM procrastinate_jobs WHERE status = 'failed'")
        assert cursor.fetchall() == []


@pytest.mark.rule("OPS-1", "INV-1")
def test_a_gateway_that_is_slow_for_one_holds_up_nobody_else(gateway: FakeGateway) -> None:
    now = clock.now()
    tenants = [make_padaria(now=now - 40 * DAY) for _ in range(MANY)]
    slow = tenants[3].customer_id
    save_card(customer_id=slow, frame_ref="slow", use=True, actor="ana", now=now)

    defer("sweep")
    paid = Invoice.objects.filter(reason="renewal", state="paid")
    with working(concurrency=4):
        until(lambda: paid.count() == MANY - 1)
        assert not paid.filter(customer_id=slow).exists()
        assert Invoice.objects.filter(reason="renewal", state="pending", customer_id=slow).exists()
        gateway.held.set()
        until(lambda: paid.count() == MANY)
    assert check_books() == []


@pytest.mark.rule("OPS-1")
def test_a_queue_of_slow_gateways_holds_up_neither_renewals_nor_mail(gateway: FakeGateway) -> None:
    """All that `abono worker` has for gateways waits: what is beside it goes on."""
    now = clock.now()
    for _ in range(6):
        padaria = make_padaria(now=now - 40 * DAY)
        save_card(customer_id=padaria.customer_id, frame_ref="slow", use=True, actor="ana", now=now)

    defer("sweep")
    with working(concurrency=4):
        until(lambda: len(gateway.waiting) == 4)
        until(lambda: Contract.objects.filter(cycle_number=1).count() == 6)
        until(lambda: mail.outbox != [])
        assert not Invoice.objects.filter(reason="renewal", state="paid").exists()
        gateway.held.set()
        until(lambda: Invoice.objects.filter(reason="renewal", state="paid").count() == 6)
