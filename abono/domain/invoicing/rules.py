"""What is still owed of an invoice, how it is told of, and what a credit note does. Pure decisions (INV-4, INV-5, INV-9)."""

from __future__ import annotations

from abono.domain.invoicing.states import State


def title(series: str, number: int | None) -> str:
    """The number of an invoice as people see it; empty for a draft."""
    return "" if number is None else f"{series}-{number:06d}"


def owed(state: State, rest_minor: int) -> int:
    """What is asked for of an invoice: what is left of it; 0 once it is over, given up, or while it is disputed (INV-5)."""
    return rest_minor if state in (State.DRAFT, State.PENDING) else 0


def rest(total_minor: int, credited_minor: int, credit_used_minor: int, received_minor: int) -> int:
    """The total less what was taken back, what credit pays and what came without a gateway: no card has paid of it yet, where
    it is not paid."""
    return total_minor - credited_minor - credit_used_minor - received_minor


def split(note_minor: int, owed_minor: int) -> tuple[int, int]:
    """Of a credit note: by how much it lowers what is owed, and how much of it was paid already and becomes credit."""
    lowers = min(note_minor, owed_minor)
    return lowers, note_minor - lowers
