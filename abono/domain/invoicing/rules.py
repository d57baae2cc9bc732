"""What is still owed of an invoice, and what a credit note does. Pure decisions (INV-4, INV-9)."""

from __future__ import annotations

from abono.domain.invoicing.states import State


def owed(state: State, total_minor: int, credited_minor: int, credit_used_minor: int) -> int:
    """What is asked for of an invoice: its total less what was taken back and what credit pays; 0 once it is over."""
    if state not in (State.DRAFT, State.PENDING):
        return 0
    return total_minor - credited_minor - credit_used_minor


def split(note_minor: int, owed_minor: int) -> tuple[int, int]:
    """Of a credit note: by how much it lowers what is owed, and how much of it was paid already and becomes credit."""
    lowers = min(note_minor, owed_minor)
    return lowers, note_minor - lowers
