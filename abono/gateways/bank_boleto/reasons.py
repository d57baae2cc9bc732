"""Why a bank refused an order: each has a table of codes, of which ours gives each a word of `domain.payments.pushed.refusals`; what is not
in it stays a code."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

_ANY_BANK = "*"
_REFUSALS = {240: ("03", "26", "30"), 400: ("03", "24", "27", "32")}
"""Occurrences of which the table tells the reasons: with others the same codes mean something else."""


def said(bank: str, length: int, occurrence: str, reasons: Iterable[str]) -> tuple[str, ...]:
    """Words for those that the table knows, in their order, each once."""
    if occurrence not in _REFUSALS[length]:
        return ()
    table = _table()
    found = (table.get((bank, length, one)) or table.get((_ANY_BANK, length, one)) for one in reasons)
    return tuple(dict.fromkeys(word for word in found if word))


@cache
def _table() -> dict[tuple[str, int, str], str]:
    source = files("abono.gateways.bank_boleto") / "data" / "reasons.csv"
    rows = csv.DictReader(source.read_text(encoding="utf-8").splitlines())
    return {(row["bank"], int(row["length"]), row["code"]): row["word"] for row in rows}
