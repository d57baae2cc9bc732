"""The workers' jobs, done in the test's own process and transaction."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID, uuid4

from procrastinate.contrib.django import app

from abono.domain.customers import queries as customers
from abono.domain.payments import actions as payments
from abono.domain.payments.ports.port import GatewayEvent
from abono.flows import due_work
from abono.platform import clock
from abono.platform.models import Event
from tests import sql


def run_jobs() -> None:
    """Do every job that may run by now, and those that follow from it, until the queue is quiet."""
    app.perform_import_paths()
    while True:
        found = sql.run(
            "DELETE FROM procrastinate_jobs WHERE id = (SELECT id FROM procrastinate_jobs WHERE status = 'todo'"
            " AND (scheduled_at IS NULL OR scheduled_at <= statement_timestamp()) ORDER BY id LIMIT 1)"
            " RETURNING task_name, args::text"
        )
        if not found:
            return
        [(name, arguments)] = found
        app.tasks[name].func(**json.loads(arguments))


def ask_gateways(*, real: datetime, customer_id: UUID | None = None) -> int:
    """What gateways are asked by that moment. Returns how many answers there were, of whatever kind."""
    return due_work.work_off(now=real, customer_id=customer_id, kinds=due_work.REAL)


def run_sandboxes() -> None:
    """What is due of each customer with a clock of its own, at that clock's moment."""
    real = clock.now()
    for sandbox in customers.sandboxes():
        due_work.run_due_work(now=sandbox.moment(real).now, real=real, customer_id=sandbox.id)


def renew_due(*, now: datetime, customer_id: UUID | None = None) -> int:
    """Renewals that are due, and what follows from them. Returns how many cycles began."""
    begun = Event.objects.filter(name="contract.cycle_started")
    before = begun.count()
    due_work.work_off(now=now, customer_id=customer_id)
    return begun.count() - before


def gateway_tells(
    *, key: str | None = None, received: str | None = None, name: str = "simulator", real: datetime
) -> None:
    """A webhook about one of our keys, or about money, comes, and is worked on."""
    news = GatewayEvent(str(uuid4()), "charge", key, None, real, received)
    payments.keep_news(gateway=name, news=(news,), body="{}", real=real)
    ask_gateways(real=real)
