"""How a package is called, wherever it is named."""

from __future__ import annotations

from abono.kernel.money import CURRENCIES, MICRO
from abono.platform import formats


def package_name(code: str, language: str) -> str:
    """A package is known by its value: `brl-250` reads `R$ 250`. Any other code stays as it is."""
    currency, dash, value = code.partition("-")
    if not dash or currency.upper() not in CURRENCIES or not (value.isascii() and value.isdigit()):
        return code
    return formats.micro(int(value) * MICRO, currency.upper(), language, decimals=0)
