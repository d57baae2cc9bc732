"""The settings that decide about the licences of a contract, as one value."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from abono.domain.contracts.hot import Contract
from abono.domain.licences.types import Policy
from abono.domain.settings.licences import (
    LEASE_HEARTBEAT,
    LEASE_IDLE,
    LEASE_LASTS,
    LEASE_SECOND_DEVICE,
    LEASE_SET_ASIDE,
    LICENCES_OVER_PERCENT,
    LICENCES_REDUCED,
    OF_LICENCES,
)
from abono.domain.settings.queries import Snapshot
from abono.domain.settings.types import Setting, Whose

_KEYS = frozenset(setting.key for setting in OF_LICENCES)


def policies(settings: Snapshot, *, now: datetime) -> Callable[[Contract], Policy]:
    """What holds at a moment, by contract: looked up once for each."""
    told = _of_licences(settings)
    if not told.values:
        return _shipped
    known: dict[str, Policy] = {}

    def of(contract: Contract) -> Policy:
        found = known.get(contract.text)
        if found is None:
            found = known[contract.text] = _policy(told, Whose(contract.plan, contract.id), now)
        return found

    return of


class _Kept:
    of, found = Snapshot(), Snapshot()


def _of_licences(settings: Snapshot) -> Snapshot:
    """Its values about licences: looked for once while the same is read."""
    if settings is not _Kept.of:
        _Kept.of, _Kept.found = settings, Snapshot(tuple(one for one in settings.values if one.key in _KEYS))
    return _Kept.found


def _shipped(_contract: Contract) -> Policy:
    return SHIPPED


def _policy(settings: Snapshot, whose: Whose, now: datetime) -> Policy:
    def value[T](setting: Setting[T]) -> Any:
        return settings.value(setting, whose=whose, at=now)

    lasts = value(LEASE_LASTS)
    over, idle = value(LICENCES_OVER_PERCENT), value(LEASE_IDLE)
    return Policy(
        beat_s=_seconds(min(value(LEASE_HEARTBEAT), lasts / 2)),
        lost_s=_seconds(lasts),
        aside_s=_seconds(value(LEASE_SET_ASIDE)),
        idle_s=_seconds(idle) if isinstance(idle, timedelta) else None,
        over_percent=over if isinstance(over, int) else None,
        share=value(LEASE_SECOND_DEVICE) == "shares",
        reduce=value(LICENCES_REDUCED) == "longest_idle",
    )


def _seconds(length: timedelta) -> int:
    return int(length.total_seconds())


SHIPPED = _policy(Snapshot(), Whose(), datetime.min.replace(tzinfo=UTC))
