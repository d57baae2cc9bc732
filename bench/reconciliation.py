"""What a day of the clearing accounts costs after a million entries: `python -m bench.reconciliation`, on this machine's server (ADR 60).

Half of the entries issue an invoice, half pay one through a gateway: two and a half million postings over three years. The time is
that of the processor which the server's process took (/proc/<pid>/schedstat). Everything is rolled back.
"""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path
from statistics import median

import psycopg

from abono.config.settings import ENV
from abono.domain.journal.told import BALANCES, BY_DAY

ENTRIES, TURNS, FIRST = 1_000_000, 5, date(2024, 1, 1)
_FILL = (
    "SET LOCAL session_replication_role = replica",
    "CREATE TEMP TABLE made ON COMMIT DROP AS SELECT gen_random_uuid() AS id, i FROM generate_series(1, %(entries)s) i",
    """INSERT INTO journal_entry (id, fact, reference, sandbox, made_at, day)
       SELECT id, CASE mod(i, 2) WHEN 0 THEN 'invoice_issued' ELSE 'payment_received' END, gen_random_uuid(), false,
              %(first)s::date + i * interval '94 s', %(first)s::date + i * 94 / 86400 FROM made ORDER BY i""",
    """INSERT INTO journal_posting (entry_id, account, detail, currency, amount_minor)
       SELECT m.id, p.account, p.detail, 'BRL', p.minor FROM made m
        CROSS JOIN LATERAL (VALUES (0, 'receivable', '', 70000), (0, 'revenue', 'plan', -60000), (0, 'revenue', 'package', -10000),
                                   (1, 'clearing', 'stripe', 70000), (1, 'receivable', '', -70000)) p (odd, account, detail, minor)
        WHERE p.odd = mod(m.i, 2) ORDER BY m.i""",
    "ANALYZE journal_entry",
    "ANALYZE journal_posting",
)


def main() -> None:
    with psycopg.connect(ENV.dsn) as connection:
        spent = Path(f"/proc/{connection.info.backend_pid}/schedstat")
        last = FIRST + timedelta(seconds=ENTRIES * 94)
        for statement in _FILL:
            connection.execute(statement, {"entries": ENTRIES, "first": FIRST})
        connection.execute("SET LOCAL max_parallel_workers_per_gather = 0")
        for name, statement in (("balances", BALANCES), ("days", BY_DAY)):
            took = []
            for _turn in range(TURNS):
                before = int(spent.read_text().split()[0])
                connection.execute(statement, {"day": last, "first": last - timedelta(days=60)}).fetchall()
                took.append((int(spent.read_text().split()[0]) - before) / 1e9)
            sys.stdout.write(f"{name}: {median(took):.2f} s of a processor\n")
        connection.rollback()


if __name__ == "__main__":
    main()
