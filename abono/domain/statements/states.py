from __future__ import annotations

from enum import Enum


class Did(Enum):
    """What somebody said of money that came."""

    PAID = "paid"  # an invoice, by a receipt
    LEFT_OUT = "left_out"  # nothing: it is booked already, or none of ours


class Only(Enum):
    """Which movements a list shows."""

    OPEN = "open"  # came, and nobody said anything of it yet
    DECIDED = "decided"
    OUT = "out"  # left, or nothing moved
