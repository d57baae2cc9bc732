"""How long a slip's paper takes in a batch of 1,000 (`python -m bench.slips`, or QUICK=1 for 100; PAY-4).

Every slip is another: banks in turn, numbers reckoned and checked each time, every second one with a QR code. No database is
asked. The last line is JSON, in milliseconds each; `cpu` is the time of processors of our own process.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from itertools import cycle
from time import perf_counter, process_time

from abono.flows.documents.slip import slip_pdf
from abono.gateways.bank_boleto.account import Account
from abono.gateways.bank_boleto.titles import slip
from tests.unit.bank_boleto.accounts import OPTIONS, PIX, REQUEST, account

SLIPS, QUICK, WARM = 1_000, 100, 5


def slips(*, count: int = SLIPS) -> dict[str, float]:
    """`slip_pdf_ms` and `slip_pdf_cpu_ms` of `count` slips."""
    accounts = cycle(account(bank) for bank in OPTIONS)
    _made(WARM, accounts=accounts)
    began, worked = perf_counter(), process_time()
    _made(count, accounts=accounts)
    took, cpu = perf_counter() - began, process_time() - worked
    return {"slip_pdf_ms": round(took / count * 1_000, 1), "slip_pdf_cpu_ms": round(cpu / count * 1_000, 1)}


def _made(count: int, *, accounts: cycle[Account]) -> None:
    for number in range(1, count + 1):
        request = replace(REQUEST, number=number, title=f"A-{number:06d}")
        pdf = slip_pdf(request, slip(next(accounts), request), "pt-br", qr=PIX if number % 2 else None)
        assert pdf.startswith(b"%PDF")


def main() -> int:
    quick = os.environ.get("QUICK", "") not in ("", "0")
    print(json.dumps(slips(count=QUICK if quick else SLIPS)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
