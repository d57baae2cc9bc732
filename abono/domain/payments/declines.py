"""From a decline code to what the holder should check and who may try again (WAL-6, PAY-8)."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

from abono.domain.payments.ports.port import Decline, Hint, Retry

ANY_BRAND = "*"

_HINT = {
    "wrong_number": Hint.NUMBER,
    "expired": Hint.EXPIRY,
    "cvv": Hint.CVV,
    "not_enabled_online": Hint.ONLINE,
    "no_balance": Hint.BALANCE,
    "contact_issuer": Hint.ISSUER,
}
_SECONDS = {"h": 3600, "d": 86_400}


def decline(*, system: str, code: str, brand: str = ANY_BRAND) -> Decline:
    """What a code of `system` ("abecs", "mac", "stripe", "mercadopago") means on a card of `brand`.

    Without a brand the answer stands only where all brands agree. What the table does not know:
    ask the issuer, never tried again by a machine.
    """
    rows = _table().get((system, code), {})
    known = rows.get(brand) or rows.get(ANY_BRAND)
    if known is None and brand == ANY_BRAND and len(set(rows.values())) == 1:
        known = next(iter(rows.values()))
    return known or Decline(code, Hint.ISSUER, Retry.NEVER)


@cache
def _table() -> dict[tuple[str, str], dict[str, Decline]]:
    table: dict[tuple[str, str], dict[str, Decline]] = {}
    source = files("abono.domain.payments") / "data" / "declines.csv"
    for row in csv.DictReader(source.read_text(encoding="utf-8").splitlines()):
        retry, wait_s = _retry(row["retry"])
        known = Decline(row["code"], _HINT[row["hint"]], retry, wait_s)
        table.setdefault((row["system"], row["code"]), {})[row["brand"]] = known
    return table


def _retry(text: str) -> tuple[Retry, int]:
    """`later:24h` is LATER and its wait in seconds; `by_mac` is NEVER unless an advice code came along."""
    name, _, wait = text.partition(":")
    if name == "by_mac":
        return Retry.NEVER, 0
    return Retry(name), int(wait[:-1]) * _SECONDS[wait[-1]] if wait else 0
