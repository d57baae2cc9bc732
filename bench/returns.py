"""How fast a bank's return file of 100,000 lines is read, what it takes of memory, and how fast lines are applied:
`python -m bench.returns`, or QUICK=1 for files of fewer lines that are applied (`bench/applied.py`).

By the clock and by processor time. `memory_mb` is the most that reading 5,000 titles held at once beside the file itself.

`python -m bench.returns --memory` says instead what a process grows by that takes in and applies files of 10,000 and of 100,000 lines.
"""

from __future__ import annotations

import json
import os
import sys
import tracemalloc
from argparse import ArgumentParser
from collections import deque
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from time import perf_counter, process_time

from abono.config.settings import ENV
from abono.domain.payments.ports.push import Act, LateTerms, Order, Payer, PushRequest
from abono.gateways.bank_boleto.account import Account
from abono.gateways.bank_boleto.remittance import write
from abono.gateways.bank_boleto.returns import read
from abono.gateways.simulator import slip_files
from abono.gateways.simulator.slip_files import Told
from abono.kernel.due import Means
from abono.kernel.money import Money
from abono.platform import postgres
from bench.applied import applied, flat

LINES = 99_900  # a batch of 240 positions has no more than 99,999
APPLIED, QUICK = 4_900, 600  # lines of each of the two files that are applied
WEIGHED = 5_000  # titles of the file whose memory is measured: looking slows it down manifold
_SELLER = ("Olga Planos Ltda.", "11222333000181", "Rua das Acácias, 40", "São Paulo", "SP", "01310100")
ACCOUNTS = {
    "400": Account("341", "0810", "53678", "109", *_SELLER, account_digit="9"),
    "240": Account("104", "1234", "1234567", "14", *_SELLER, agency_digit="2", agreement="123456"),
}
REQUEST = PushRequest(
    key="bench",
    means=Means.SLIP,
    amount=Money(19_990, "BRL"),
    number=1,
    title="2026-000001-6",
    payer=Payer("Padaria Sol", "11222333000181", "Avenida Paulista, 1000", "São Paulo", "SP", "01310100"),
    issued=date(2026, 12, 1),
    asked_at=datetime(2026, 12, 1, 12, tzinfo=UTC),
    due_date=date(2026, 12, 15),
    until=datetime(2027, 3, 15, 12, tzinfo=UTC),
    late=LateTerms(fine=Decimal(2), interest=Decimal(1)),
)


def settled(account: Account, titles: int) -> bytes:
    """A return file in which so many titles are settled, as the simulator's bank writes it."""
    sent = write(account, [Order(Act.REGISTER, REQUEST)], 1, REQUEST.asked_at)
    sheet, day = slip_files.read(sent.content), date(2026, 12, 15)
    (order,) = sheet.orders
    width = len(order.number)
    orders = (replace(order, number=f"{int(order.number) + count:0{width}d}") for count in range(titles))
    news = (Told(one, "06", day, paid=one.face, fee=190, credited=day) for one in orders)
    return slip_files.write(sheet, news, day, 1)


def returns() -> dict[str, float]:
    found: dict[str, float] = {}
    for name, account in ACCOUNTS.items():
        content = settled(account, LINES if name == "400" else LINES // 2)
        lines = content.count(b"\n")
        began, spent = perf_counter(), process_time()
        _read(account, content)
        found[f"return_lines_per_s_{name}"] = round(lines / (perf_counter() - began))
        found[f"return_lines_per_cpu_s_{name}"] = round(lines / (process_time() - spent))
        shorter = settled(account, WEIGHED)
        found[f"memory_mb_{name}"] = _memory_mb(partial(_read, account, shorter))
    return found


def _read(account: Account, content: bytes) -> None:
    deque(read(account, content).lines, maxlen=0)


def _memory_mb(work: Callable[[], None]) -> float:
    """The most that was held at once."""
    tracemalloc.start()
    work()
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return round(most / 1e6, 1)


def main() -> int:
    parser = ArgumentParser(prog="python -m bench.returns", description=__doc__.split("\n")[0])
    parser.add_argument(
        "--memory", action="store_true", help="what files of 10,000 and 100,000 lines take of it"
    )
    memory, quick = parser.parse_args().memory, os.environ.get("QUICK", "") not in ("", "0")
    titles = QUICK if quick else APPLIED
    with nullcontext() if ENV.database_url else postgres.running(ENV.home):
        print(json.dumps(flat(titles) if memory else {**returns(), **applied(titles)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
