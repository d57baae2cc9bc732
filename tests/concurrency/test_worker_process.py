"""`abono worker` outlives its database, stops when it is told to, and may be killed in the middle of a payment (OPS-1)."""

from __future__ import annotations

import os
import signal
import time
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from django.db.models.functions import Now

from abono.domain.contracts import queries as contracts
from abono.domain.invoicing.models import Invoice
from abono.domain.payments.models import Refund
from abono.flows.check_books import check_books
from abono.flows.endings.regret import regret
from abono.platform import agenda, clock, postgres
from abono.platform.models import Due
from abono.platform.running import worker as workers
from tests.concurrency.own_database import kill_postgresql, leading_to
from tests.concurrency.payers import customer
from tests.concurrency.test_worker import until
from tests.concurrency.worker_process import worker
from tests.examples import first_by_day
from tests.stand_ins import Simulator
from tests.world import DAY, Tenant, load_catalog, moment

pytestmark = [pytest.mark.rule("OPS-1", part="killed at any moment"), pytest.mark.timeout(300)]


@pytest.fixture
def own_database(own_database: Path) -> Path:
    """With the shipped catalog on sale."""
    load_catalog()
    return own_database


def whose_renewal_is_due(simulator: Simulator) -> Tenant:
    return customer(simulator, now=clock.now() - 40 * DAY)


def renewed(tenant: Tenant) -> bool:
    """Its second cycle runs and is paid."""
    paid = Invoice.objects.filter(customer_id=tenant.customer_id, reason="renewal", state="paid")
    return contracts.get(tenant.contract_id).cycle_number == 1 and paid.count() == 1


def sweep_now() -> None:
    """As if the minute were over: what nobody was called for, somebody is."""
    Due.objects.filter(held_until__isnull=False).update(held_until=Now())
    agenda.call_workers(now=clock.now())


def captures(simulator: Simulator) -> list[str]:
    return [entry["key"] for entry in simulator.book() if entry["kind"] == "capture"]


def given_back(simulator: Simulator) -> list[int]:
    return [entry["amount_minor"] for entry in simulator.book() if entry["kind"] == "refund"]


@pytest.mark.rule("OPS-1", part="small and large")
@pytest.mark.parametrize(("how", "beside"), first_by_day([("killed", 1), ("stopped", 0)]))
def test_a_worker_outlives_its_database(
    own_database: Path, simulator: Simulator, how: str, beside: int
) -> None:
    first, second = whose_renewal_is_due(simulator), whose_renewal_is_due(simulator)
    Due.objects.filter(customer_id=second.customer_id).update(due_at=clock.now() + DAY)
    with ExitStack() as house:
        workers = [house.enter_context(worker()) for _ in range(1 + beside)]
        sweep_now()
        until(lambda: renewed(first))
        assert not renewed(second)
        if how == "stopped":
            connection.close()
            postgres.stop(own_database)
        else:
            kill_postgresql(own_database)
        for running in workers:
            running.says("the database is away")
        postgres.start(own_database)
        Due.objects.filter(customer_id=second.customer_id).update(due_at=clock.now())
        sweep_now()
        until(lambda: renewed(second))
        for running in workers:
            assert running.process.poll() is None
            assert running.end(signal.SIGTERM) == 0
    assert check_books() == []


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_told_to_stop_finishes_what_it_has_in_hand(simulator: Simulator) -> None:
    load_catalog()
    padaria = whose_renewal_is_due(simulator)
    simulator.pull(answer_delay_ms=3_000)
    with worker() as running:
        sweep_now()
        until(lambda: Due.objects.filter(lane="gateways", lease__isnull=False).exists())
        began = time.monotonic()
        assert running.end(signal.SIGTERM) == 0
        assert time.monotonic() - began < workers.GRACE_S
    assert renewed(padaria)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'")
        assert cursor.fetchone() == (0,)


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_is_killed_while_a_gateway_thinks_charges_nobody_twice(simulator: Simulator) -> None:
    load_catalog()
    padaria = whose_renewal_is_due(simulator)
    before = len(captures(simulator))
    simulator.pull(answer_delay_ms=3_000)
    with worker() as running:
        sweep_now()
        until(lambda: len(captures(simulator)) > before)  # it has the money; nobody of us knows
        running.end(signal.SIGKILL)
    assert not renewed(padaria)
    simulator.pull(answer_delay_ms=0)
    with worker() as running:
        sweep_now()
        until(lambda: renewed(padaria))
    assert len(captures(simulator)) == before + 1
    assert check_books() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.rule("CON-10", part="full refund in one press")
def test_a_worker_that_is_killed_while_a_gateway_gives_back_gives_nothing_back_twice(
    simulator: Simulator,
) -> None:
    load_catalog()
    padaria = customer(simulator, now=clock.now())
    regret(contract_id=padaria.contract_id, actor="ana", moment=moment(clock.now()))
    simulator.pull(answer_delay_ms=3_000)
    with worker() as running:
        until(lambda: len(given_back(simulator)) == 1)  # it went back; nobody of us knows
        running.end(signal.SIGKILL)
    assert Refund.objects.get().state == "asked"
    simulator.pull(answer_delay_ms=0)
    with worker():
        sweep_now()
        until(lambda: Refund.objects.get().state == "done")
    assert given_back(simulator) == [1_349_00]
    assert check_books() == []


def test_a_worker_without_a_database_gives_up_after_minutes_and_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with leading_to("postgresql://nobody@127.0.0.1:9/nowhere"):
        monkeypatch.setattr(workers, "GIVE_UP_S", 1)
        monkeypatch.setattr(workers, "WAIT_S", 0.5)
        with pytest.raises(SystemExit) as ended:
            call_worker()
    assert ended.value.code == os.EX_UNAVAILABLE


def test_a_worker_that_finds_no_database_at_its_start_says_so_and_ends() -> None:
    """Whether it is safe to work is not known then; whoever watches over it starts another."""
    with leading_to("postgresql://nobody@127.0.0.1:9/nowhere"), worker() as running:
        running.says("the database cannot be asked")
        assert running.process.wait(40) == 1


def test_a_mistake_of_ours_ends_a_worker_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_concurrency: int) -> None:
        raise psycopg.ProgrammingError("no such table")

    monkeypatch.setattr(workers, "_work", broken)
    with pytest.raises(psycopg.ProgrammingError):
        call_worker()


def call_worker() -> None:
    """In this process, as `abono worker` does."""
    from django.core.management import ManagementUtility

    ManagementUtility(["abono", "worker"]).execute()
