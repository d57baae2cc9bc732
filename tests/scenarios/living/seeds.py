"""How many lives are lived at random: a few for each change, at night as many as LIVES says."""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import Any

import pytest

LIVES = int(os.environ.get("LIVES", "300"))  # of each kind, by `make nightly`


def seeds(first: int, *, always: int, telling: Collection[int] = ()) -> list[Any]:
    """Seeds from `first` on: as many as `always` says for each change, and those that were `telling` once, the others at
    night."""
    lived = {*range(first, first + always), *telling}
    night = range(first + always, first + max(LIVES, always))
    at_night = (pytest.param(seed, marks=pytest.mark.nightly) for seed in night if seed not in lived)
    return [*sorted(lived), *at_night]
