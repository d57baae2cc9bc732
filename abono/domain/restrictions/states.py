from __future__ import annotations

from enum import Enum


class Cause(Enum):
    DEBT = "debt"  # an invoice is overdue for too long; lifted with its payment (END-1, END-2)
    FRAUD = "fraud"  # the seller's word, which only the seller takes back (END-4)
