"""What an invoice is for, as its key: a contract has one live invoice of each."""

from __future__ import annotations

from uuid import UUID

FIRST = "first"


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


def one_off(named: UUID) -> str:
    """Of an invoice that the seller writes; whoever begins it names it, so that a second press begins no second one."""
    return f"one_off:{named}"


def change(change_id: UUID) -> str:
    """Of what a change of the contract costs."""
    return f"change:{change_id}"
