"""Money is an integer of its currency's minor unit; prices and balances are integer millionths."""

from __future__ import annotations

from dataclasses import dataclass

MICRO = 1_000_000  # millionths in one whole unit of a currency

EXPONENT = {"BRL": 2, "USD": 2, "MXN": 2, "COP": 2, "ARS": 2, "PEN": 2, "CLP": 0, "PYG": 0}
CURRENCIES = tuple(EXPONENT)


def micro_per_minor(currency: str) -> int:
    """Millionths of the currency in one minor unit: 10,000 for a currency with cents."""
    return MICRO // int(10 ** EXPONENT[currency])


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount that is owed, billed or paid. `minor` counts the currency's smallest coin."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError("money is counted in whole minor units")
        if self.currency not in EXPONENT:
            raise ValueError(f"unknown currency {self.currency!r}")

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __bool__(self) -> bool:
        return self.minor != 0

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise ValueError(f"cannot mix {self.currency} and {other.currency}")
        return other.minor


def total(amounts: list[Money], currency: str) -> Money:
    """Sum of amounts of one currency; zero of that currency for none."""
    result = Money(0, currency)
    for amount in amounts:
        result = result + amount
    return result
