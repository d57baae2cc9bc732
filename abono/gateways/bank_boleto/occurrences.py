"""What a bank's code of an occurrence means to us: a table, since the same code is money at one bank and none at another."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

from abono.domain.payments.ports.push import Happening

_ANY_BANK = "*"


def happening(bank: str, length: int, code: str) -> Happening:
    """Of a code in a file of so many positions. What the table does not know is OTHER, never money."""
    table = _table()
    return table.get((bank, length, code)) or table.get((_ANY_BANK, length, code)) or Happening.OTHER


@cache
def _table() -> dict[tuple[str, int, str], Happening]:
    source = files("abono.gateways.bank_boleto") / "data" / "occurrences.csv"
    rows = csv.DictReader(source.read_text(encoding="utf-8").splitlines())
    return {(row["bank"], int(row["length"]), row["code"]): Happening(row["happening"]) for row in rows}
