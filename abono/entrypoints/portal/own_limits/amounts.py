"""Amounts of money as people type them, in the way of their language."""

from __future__ import annotations

import re

from abono.kernel.money import EXPONENT, MICRO
from abono.platform import formats

_MOST_DECIMALS = 6


def read_micro(text: str, *, currency: str, language: str) -> int | None:
    """Millionths of the currency; None for what is no amount.

    Thousands may be grouped as the language does it or with spaces, and the currency may stand before. One or two
    decimals may follow the other languages' point or comma, too: `99.90` cannot mean anything else.
    """
    thousands, point = ("\\.", ",") if formats.number(1000, language)[1] == "." else (",", "\\.")
    plain = text.strip()
    for sign in (formats.SYMBOLS.get(currency), currency):
        if sign and plain.upper().startswith(sign.upper()):
            plain = plain[len(sign) :].strip()
            break
    forms = (
        rf"([1-9][0-9]{{0,2}}(?:[{thousands}\s][0-9]{{3}})+)(?:{point}([0-9]{{1,{_MOST_DECIMALS}}}))?",
        rf"([0-9]+)(?:{point}([0-9]{{1,{_MOST_DECIMALS}}}))?",
        r"([0-9]+)[.,]([0-9]{1,2})",
    )
    for form in forms:
        found = re.fullmatch(form, plain, re.DOTALL)
        if found:
            whole = re.sub(r"[^0-9]", "", found.group(1))
            decimals = (found.group(2) or "").ljust(_MOST_DECIMALS, "0")
            return int(whole) * MICRO + int(decimals)
    return None


def typed(amount_micro: int | None, *, currency: str, language: str) -> str:
    """The amount as it stands in a field, such that `read_micro` reads it: `1.500,00`; nothing for None."""
    if amount_micro is None:
        return ""
    value, decimals = amount_micro, _MOST_DECIMALS
    while decimals > EXPONENT[currency] and value % 10 == 0:
        value, decimals = value // 10, decimals - 1
    return formats.number(value, language, decimals=decimals)
