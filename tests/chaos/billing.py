"""`python -m tests.chaos.billing`: processes of a billing run, and PostgreSQL under them, are killed at random until all is renewed (INV-1).

A PostgreSQL of its own, a book of contracts that are all due (`bench/book.py`), and as many `abono billing-run --start` as one wants. The
last line is JSON; the exit code is 1 when anything was doubled, is missing or has a gap. The same seed kills in the same order.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import django

PAUSE_S = (0.5, 9.0)  # between two kills; a process takes some four before it claims anything
LONGEST_S = 3_600

# Of all that a renewal writes, whose it is. A contract and its copies have as many rows each, those with overage apart.
_WRITTEN = {
    "invoicing_invoice": "SELECT contract_id FROM invoicing_invoice",
    "invoicing_invoiceline": "SELECT i.contract_id FROM invoicing_invoiceline l JOIN invoicing_invoice i ON i.id = l.invoice_id",
    "journal_entry": "SELECT contract_id FROM journal_entry",
    "journal_posting": "SELECT e.contract_id FROM journal_posting p JOIN journal_entry e ON e.id = p.entry_id",
    "metering_cycle": "SELECT contract_id FROM metering_cycle",
    "metering_use_border": "SELECT contract_id FROM metering_use_border",
    "platform_due": "SELECT customer_id FROM platform_due",
    "platform_event": "SELECT customer_id FROM platform_event WHERE id > %(since)s",
    "notices_notice": "SELECT customer_id FROM notices_notice WHERE id > %(since)s",
    "notices_email": "SELECT n.customer_id FROM notices_email e JOIN notices_notice n ON n.id = e.notice_id WHERE n.id > %(since)s",
}
_UNLIKE = """
WITH counted AS (SELECT whose, count(*) AS rows FROM ({written}) t (whose) GROUP BY whose),
     overage AS (SELECT DISTINCT contract_id FROM metering_cycle WHERE used_micro > value_micro)
SELECT u.legal_name, array_agg(DISTINCT coalesce(n.rows, 0))
  FROM contracts_contract c JOIN customers_customer u ON u.id = c.customer_id
  LEFT JOIN overage o ON o.contract_id = c.id LEFT JOIN counted n ON n.whose IN (c.id, u.id)
 GROUP BY u.legal_name, o.contract_id IS NULL HAVING count(DISTINCT coalesce(n.rows, 0)) > 1"""
_GAPS = """
SELECT series, count(*), min(number), max(number) FROM invoicing_invoice WHERE number IS NOT NULL
 GROUP BY series HAVING (count(*), count(DISTINCT number), min(number)) <> (max(number), max(number), 1)"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.billing", description=__doc__)
    parser.add_argument("--contracts", type=int, default=10_000, help="a multiple of 50 (%(default)s)")
    parser.add_argument("--processes", type=int, default=2, help="that bill (%(default)s)")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abono.config.settings")
    django.setup()
    from abono.platform import postgres
    from abono.platform.postgres import place
    from tests.concurrency.own_database import leading_to

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing is left running
    folder = Path(tempfile.mkdtemp(prefix="abono-chaos-"))
    folder.chmod(0o755)
    place.ELSEWHERE = folder / "elsewhere"
    home = folder / "home"
    try:
        with leading_to(postgres.start(home)):
            found = _storm(home, **vars(given))
    finally:
        postgres.stop(home)
        shutil.rmtree(folder)
    print(json.dumps(found))
    return 1 if found["wrong"] else 0


def _storm(home: Path, *, contracts: int, processes: int, seed: int) -> dict[str, Any]:
    from django.core.management import call_command
    from django.db import connection

    from abono.kernel.ids import uuid7
    from bench import book

    dice, began = random.Random(seed), time.monotonic()
    print(f"seed {seed}: making a book of {contracts:,}", file=sys.stderr)
    call_command("migrate", verbosity=0, interactive=False)
    book.make(contracts)
    since = uuid7()
    kills = {"process": 0, "postgresql": 0}
    running = [_process() for _ in range(processes)]
    try:
        while (left := _left()) and time.monotonic() - began < LONGEST_S:
            print(f"{left:,} are due; killed: {kills}", file=sys.stderr)
            _until(time.monotonic() + dice.uniform(*PAUSE_S), running)
            part = dice.choices(list(kills), [3, 1])[0]
            kills[part] += 1
            if part == "process":
                dice.choice(running).end(signal.SIGKILL)
            else:
                _kill_postgresql(home)
            if any(one.process.poll() == 0 for one in running):  # it found nothing that nobody has in hand
                _leases_end()
            running = [one if one.process.poll() is None else _process() for one in running]
    finally:
        for one in running:
            one.end(signal.SIGKILL)
        connection.close()
    return {
        "seed": seed,
        "contracts": contracts,
        "processes": processes,
        **kills,
        "wrong": _judge(contracts, since),
    }


def _process() -> Any:
    from tests.concurrency.server import Process

    return Process("-m", "abono", "billing-run", "--start", ABONO_ALLOW_UNSAFE_FSYNC="1")


def _until(then: float, running: list[Any]) -> None:
    """Or until all have ended by themselves."""
    while time.monotonic() < then and any(one.process.poll() is None for one in running):
        time.sleep(0.05)


def _kill_postgresql(home: Path) -> None:
    from abono.platform import postgres
    from tests.concurrency.own_database import kill_postgresql

    kill_postgresql(home)
    postgres.start(home)


def _left() -> int:
    """Renewals that are due, in hand, or to be tried again."""
    from abono.domain.contracts.due import RENEW
    from abono.platform import clock
    from abono.platform.models import Due

    return Due.objects.filter(kind=RENEW.name, due_at__lte=clock.now(), parked_at=None).count()


def _leases_end() -> None:
    """What somebody had in hand who was killed comes back some minutes later; here they only come sooner. Who is alive and loses
    a chunk by it finds that others have renewed it."""
    from django.db.models.functions import Now

    from abono.domain.contracts.due import RENEW
    from abono.platform.models import Due

    Due.objects.filter(kind=RENEW.name, parked_at=None, held_until__gt=Now()).update(held_until=Now())


def _judge(contracts: int, since: UUID) -> list[str]:
    """Every sentence that is wrong about the end."""
    from django.db import connection

    from abono.flows.check_books import check_books
    from abono.platform import agenda
    from bench import billing

    wrong = [f"{entry.kind} is parked: {reason}" for entry, _since, reason in agenda.parked()][:5]
    try:
        billing.billed_once(contracts)
    except AssertionError as error:
        wrong.append(str(error))
    with connection.cursor() as cursor:
        for table, written in _WRITTEN.items():
            cursor.execute(_UNLIKE.format(written=written), {"since": since})
            wrong += [f"{table}: {name} and its copies have {rows} rows" for name, rows in cursor.fetchall()][
                :5
            ]
        cursor.execute(_GAPS)
        wrong += [
            f"{series} has {count} numbers from {first} to {last}"
            for series, count, first, last in cursor.fetchall()
        ]
    return wrong + [f"books: {finding}" for finding in check_books()][:5]


if __name__ == "__main__":
    sys.exit(main())
