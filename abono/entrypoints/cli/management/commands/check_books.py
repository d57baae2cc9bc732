"""`abono check-books`: does everything that is booked follow from the facts?"""

from __future__ import annotations

from argparse import ArgumentParser
from collections import Counter
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from abono.domain.uncovered import queries as uncovered
from abono.entrypoints.cli.contracts import contract_key
from abono.flows.check_books import check_books, overdue_renewals
from abono.platform import clock

SHOWN = 20  # of each kind: many of one must not hide another
_EVERY = 10  # seconds


class Command(BaseCommand):
    help = "Recompute balances, interactions, roll-ups, invoices, the journal and number series; exit 1 at any difference (OPS-2)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--contract", type=contract_key, help="only this contract: its id, or ctr_…")

    def handle(self, *args: Any, **options: Any) -> None:
        told = monotonic()

        def progress(done: int) -> None:
            nonlocal told
            if monotonic() - told >= _EVERY:
                told = monotonic()
                self.stderr.write(f"{done} contracts are proven …")

        kept, undecided = uncovered.count()
        self.stdout.write(f"{kept} sends are uncovered, of {undecided} of them nobody has decided")
        findings = check_books(contract_id=options["contract"], progress=progress)
        if options["contract"] is None:
            findings += overdue_renewals(now=clock.now())
        seen: Counter[str] = Counter()
        for finding in findings:
            seen[finding.what] += 1
            if seen[finding.what] <= SHOWN:
                self.stderr.write(
                    f"{finding.what}: {finding.where}: booked {finding.booked}, proven {finding.proven}"
                )
        if findings:
            raise CommandError(f"the books do not agree: {len(findings)} differences")
        self.stdout.write("the books agree")
