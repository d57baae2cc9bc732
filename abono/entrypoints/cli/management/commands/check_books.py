"""`abono check-books`: does everything that is booked follow from the facts?"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from abono.flows.check_books import check_books


class Command(BaseCommand):
    help = "Recompute balances, interactions, invoices and number series; exit 1 at any difference (OPS-2)."

    def handle(self, *args: Any, **options: Any) -> None:
        findings = check_books()
        for finding in findings:
            self.stderr.write(
                f"{finding.what}: {finding.where}: booked {finding.booked}, proven {finding.proven}"
            )
        if findings:
            raise CommandError(f"the books do not agree: {len(findings)} differences")
        self.stdout.write("the books agree")
