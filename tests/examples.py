"""How much of what goes on for ever each change tries, and what waits for the night (docs/adr/0022).

Of a property whose examples go through the database a tenth, of pages and papers in every language the first one.
Properties of pure arithmetic keep their number. `make nightly` runs all, under the profile NIGHTLY.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

EACH_CHANGE, NIGHTLY = "abono", "nightly"


def register() -> None:
    """How long an example takes says how busy the machine is, not whether the code is right."""
    settings.register_profile(EACH_CHANGE, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.register_profile(NIGHTLY, settings.get_profile(EACH_CHANGE))
    settings.load_profile(EACH_CHANGE)  # `--hypothesis-profile` takes another afterwards


def at_night() -> bool:
    return settings.get_current_profile_name() == NIGHTLY


def by_day(few: int, *, full: int) -> int:
    """How many rounds a race has, or how many take part in it, with each change; `full` is how many at night."""
    return full if at_night() else few


def through_the_database(full: int, **others: Any) -> settings:
    """For a test whose examples share the fixtures; `full` are all that there are at night."""
    tried = full if at_night() else max(3, full // 10)
    unhealthy = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(max_examples=tried, suppress_health_check=unhealthy, **others)


def first_by_day(values: Iterable[Any], many: int = 1) -> list[Any]:
    """Parameters of a test: with each change as many as are said, the others at night. Each is a value, or a tuple of several."""
    listed = list(values)
    night = (
        pytest.param(*(value if isinstance(value, tuple) else (value,)), marks=pytest.mark.nightly)
        for value in listed[many:]
    )
    return [*listed[:many], *night]
