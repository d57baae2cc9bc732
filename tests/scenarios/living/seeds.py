"""How many lives are lived at random: a few for each change, at night as many as LIVES says, which else are not even listed."""

from __future__ import annotations

import os
from typing import Any

from tests.examples import first_by_day

PLACES = [
    ("America/Sao_Paulo", "2026-06-19T15:00Z", "BRL"),
    ("America/Sao_Paulo", "2018-10-04T15:00Z", "BRL"),
    ("America/Santiago", "2026-08-06T15:00Z", "BRL"),
    ("America/Santiago", "2028-01-31T15:00Z", "CLP"),
    ("America/Havana", "2026-10-01T15:00Z", "BRL"),
    ("America/Mexico_City", "2028-01-31T15:00Z", "BRL"),
    ("America/Sao_Paulo", "2028-02-29T15:00Z", "BRL"),
]
LIVES = int(os.environ.get("LIVES", "0"))  # of each kind; `make nightly` says 300


def seeds(first: int, *, always: int) -> list[Any]:
    """Seeds from `first` on: as many as `always` says for each change, the others at night."""
    return first_by_day(range(first, first + max(LIVES, always)), always)
