"""How many examples a property is tried with when each goes through the database: a third for a change, all at night.

Properties of pure arithmetic keep their number. `make nightly` runs all under the profile NIGHTLY.
"""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings

EACH_CHANGE, NIGHTLY = "abono", "nightly"


def register() -> None:
    """How long an example takes says how busy the machine is, not whether the code is right."""
    settings.register_profile(EACH_CHANGE, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.register_profile(NIGHTLY, settings.get_profile(EACH_CHANGE))
    settings.load_profile(EACH_CHANGE)  # `--hypothesis-profile` takes another afterwards


def at_night() -> bool:
    return settings.get_current_profile_name() == NIGHTLY


def through_the_database(full: int, **others: Any) -> settings:
    """For a test whose examples share the fixtures; `full` are all that there are at night."""
    tried = full if at_night() else -(-full // 3)
    unhealthy = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(max_examples=tried, suppress_health_check=unhealthy, **others)
