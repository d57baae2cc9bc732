"""How many lives are lived at random: a few for each change, at night as many as LIVES says, which else are not even listed."""

from __future__ import annotations

import os
from typing import Any

from tests.examples import first_by_day

LIVES = int(os.environ.get("LIVES", "0"))  # of each kind; `make nightly` says 300


def seeds(first: int, *, always: int) -> list[Any]:
    """Seeds from `first` on: as many as `always` says for each change, the others at night."""
    return first_by_day(range(first, first + max(LIVES, always)), always)
