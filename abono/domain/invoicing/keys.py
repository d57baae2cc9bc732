"""What an invoice is for, as its key: a contract has one live invoice of each."""

from __future__ import annotations

from uuid import UUID

FIRST = "first"
RAISES = "raise:"  # prefix of all raises, whatever their cycle


def renewal(cycle: int) -> str:
    """Of the invoice that is issued when cycle number `cycle` begins."""
    return f"cycle:{cycle}"


def interims(cycle: int) -> str:
    """Prefix of the interim invoices of one cycle."""
    return f"interim:{cycle}:"


def interim(cycle: int, nth: int) -> str:
    """Of the `nth` interim invoice of a cycle, from 1."""
    return f"{interims(cycle)}{nth}"


def cycle_of_interim(key: str) -> int:
    return int(key.split(":")[1])


def package_raise(cycle: int, package_id: UUID) -> str:
    """Of the difference that raises a cycle's package to another one."""
    return f"{RAISES}{cycle}:{package_id}"


def raised_to(key: str) -> UUID:
    """The package of a raise."""
    return UUID(key.split(":")[2])
