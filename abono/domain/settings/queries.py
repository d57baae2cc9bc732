from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from abono.domain.settings.errors import NoSuchSetting
from abono.domain.settings.known import SETTINGS
from abono.domain.settings.models import Value
from abono.domain.settings.types import NARROWEST_FIRST, SELLER, Scope, Setting, SetValue, Whose

FRESH_NS = 2_000_000_000  # how long a process may go on with what it read last


def find(key: str) -> Setting[Any]:
    """Raises NoSuchSetting."""
    try:
        return SETTINGS[key]
    except KeyError:
        raise NoSuchSetting(key) from None


def value[T](setting: Setting[T], *, whose: Whose = SELLER, at: datetime) -> T:
    """What a setting is at a moment: the contract's value, else its plan's, the seller's, what ships."""
    return _in_force(Value.objects.filter(key=setting.key), setting, whose, at)


def set_for(*, key: str, scope: Scope, subject: str, at: datetime) -> object:
    """What was set for exactly this scope, as JSON; None when nothing is."""
    rows = Value.objects.filter(key=key, scope=scope.value, subject=subject, valid_from__lte=at)
    newest = rows.order_by("valid_from", "id").last()
    return None if newest is None else newest.value


def history(key: str | None = None) -> list[SetValue]:
    """Everything that was ever set, oldest first; of one setting, or of all."""
    rows = Value.objects.all() if key is None else Value.objects.filter(key=key)
    return [
        SetValue(
            row.key, Scope(row.scope), row.subject, row.value, row.valid_from, row.set_at, row.actor, row.why
        )
        for row in rows.order_by("key", "valid_from", "id")
    ]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All values as they were read together, for the hot path."""

    rows: tuple[Value, ...]

    def value[T](self, setting: Setting[T], *, whose: Whose = SELLER, at: datetime) -> T:
        return _in_force((row for row in self.rows if row.key == setting.key), setting, whose, at)


class _Kept:
    snapshot = Snapshot(())
    until_ns = 0


def snapshot() -> Snapshot:
    """What this process read last, at most FRESH_NS ago."""
    now_ns = time.monotonic_ns()
    if now_ns >= _Kept.until_ns:
        _Kept.snapshot, _Kept.until_ns = Snapshot(tuple(Value.objects.all())), now_ns + FRESH_NS
    return _Kept.snapshot


def forget_snapshot() -> None:
    """The next reader reads anew."""
    _Kept.until_ns = 0


def _in_force[T](rows: Iterable[Value], setting: Setting[T], whose: Whose, at: datetime) -> T:
    subjects = {scope.value: subject for scope, subject in whose.subjects.items()}
    newest: dict[str, Value] = {}
    for row in rows:
        if row.valid_from <= at and subjects.get(row.scope) == row.subject:
            other = newest.get(row.scope)
            if other is None or (other.valid_from, other.id) < (row.valid_from, row.id):
                newest[row.scope] = row
    for scope in NARROWEST_FIRST:
        narrow = newest.get(scope.value)
        if narrow is not None and narrow.value is not None:
            return setting.read(narrow.value)
    return setting.shipped
