"""A bank that reads remittances of slips and answers with return files, for demos and tests.

    python -m abono.gateways.simulator.slip_bank FILE.REM --day 2026-12-01 --number 1 --into FOLDER

writes two: what became of the orders, and, where somebody paid, what was paid. It keeps nothing; what happens to a title
hangs on its payer's name.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from abono.gateways.simulator import slip_files
from abono.gateways.simulator.slip_files import Asked, NoFile, Told

FEE, MORE, LATE = 190, 1_000, timedelta(days=10)
"""Centavos that a settlement costs, and that are paid too much or too little; how late who pays late is."""

REFUSED, STAYS, UNPAID, WRITTEN_OFF, LESS, TOO_MUCH, TWICE, PAYS_LATE = (
    "REFUSED",
    "STAYS",
    "UNPAID",
    "WRITTEN OFF",
    "LESS",
    "MORE",
    "TWICE",
    "LATE",
)
"""Words in the name of a payer. Without any of them the title is registered, and paid on the day on which it is due."""

_DONE = {"01": "02", "02": "09"}
_NOT_DONE = {"237": "27", "341": "15"}  # a write-off that is refused; elsewhere 26


def answers(remittance: bytes, day: date, number: int) -> list[bytes]:
    """The bank's `number`-th return file, made on that day, and the next one where there is anything else. Raises NoFile."""
    sheet = slip_files.read(remittance)
    done = [_done(order, sheet.bank, day) for order in sheet.orders]
    paid = [told for order in _open(done) for told in _settled(order)]
    files = [slip_files.write(sheet, done, day, number)]
    if paid:
        files.append(slip_files.write(sheet, paid, max(told.day for told in paid), number + 1))
    return files


def _done(order: Asked, bank: str, day: date) -> Told:
    if order.code == "02" and STAYS in order.payer:
        return Told(order, _NOT_DONE.get(bank, "26"), day)
    refused = order.code == "01" and REFUSED in order.payer
    return Told(order, "03" if refused else _DONE[order.code], day, reason="08" if refused else "")


def _open(done: Sequence[Told]) -> Iterator[Asked]:
    """Titles that can be paid after these orders, each once, as they stand by the last of them."""
    last = {told.asked.number: told for told in done}
    return (told.asked for told in last.values() if told.code == "02" and UNPAID not in told.asked.payer)


def _settled(order: Asked) -> Iterator[Told]:
    day = order.due
    if WRITTEN_OFF in order.payer:
        yield Told(order, "09", day)
        return
    once = Told(order, "06", day, paid=order.face, fee=FEE, credited=day + timedelta(days=1))
    if PAYS_LATE in order.payer:
        day, late = day + LATE, _late(order, LATE.days)
        once = replace(once, day=day, credited=day + timedelta(days=1), paid=order.face + late, late=late)
    elif LESS in order.payer:
        once = replace(once, paid=order.face - min(MORE, order.face // 2))
    elif TOO_MUCH in order.payer:
        once = replace(once, paid=order.face + MORE)
    yield once
    if TWICE in order.payer:
        yield once


def _late(order: Asked, days: int) -> int:
    """Fine and interest in centavos, as the order said them."""
    fine = order.face * order.fine / 100
    interest = order.face * order.by_month / 100 / 30 * days + order.by_day * days
    return int((fine + interest).quantize(Decimal(1), ROUND_HALF_UP))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m abono.gateways.simulator.slip_bank", description=__doc__)
    parser.add_argument("remittance", type=Path)
    parser.add_argument("--day", type=date.fromisoformat, required=True, help="when the first file is made")
    parser.add_argument("--number", type=int, default=1, help="of the first file")
    parser.add_argument("--into", type=Path, default=Path(), metavar="FOLDER")
    given = parser.parse_args()
    try:
        files = answers(given.remittance.read_bytes(), given.day, given.number)
    except (OSError, NoFile, UnicodeDecodeError) as error:
        print(f"{given.remittance}: {error}", file=sys.stderr)
        return 1
    for number, content in enumerate(files, start=given.number):
        path = given.into / f"{given.remittance.stem}-{number:05d}.RET"
        path.write_bytes(content)
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
