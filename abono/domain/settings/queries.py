from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.db.models import QuerySet

from abono.domain.settings.errors import NoSuchSetting
from abono.domain.settings.known import SETTINGS
from abono.domain.settings.models import Value
from abono.domain.settings.types import NARROWEST_FIRST, SELLER, Scope, Setting, SetValue, Whose
from abono.platform import use_case
from abono.platform.postgres.asked import Asked, Slot

MEMORY = "settings"  # what a transaction remembers of them: `use_case.once`
FRESH_NS = 2_000_000_000  # how long a process may go on with what it read last


def find(key: str) -> Setting[Any]:
    """Raises NoSuchSetting."""
    try:
        return SETTINGS[key]
    except KeyError:
        raise NoSuchSetting(key) from None


def value[T](setting: Setting[T], *, whose: Whose = SELLER, at: datetime) -> T:
    """What a setting is at a moment: the contract's value, else its plan's, the seller's, what ships."""
    return _of(whose).value(setting, whose=whose, at=at)


def values(*asked: Setting[Any], whose: Whose = SELLER, at: datetime) -> list[Any]:
    """The same of several, in one statement."""
    told = _of(whose)
    return [told.value(one, whose=whose, at=at) for one in asked]


def _of(whose: Whose) -> Snapshot:
    """All that was ever set for the seller, any plan, and their contract; a use case asks once."""
    contract = "" if whose.contract_id is None else str(whose.contract_id)
    return use_case.once((MEMORY, contract), lambda: Snapshot(_told(_FOR_CONTRACT.all(contract=contract))))


def _for_contract() -> QuerySet[Value]:
    mine = Value.objects.filter(scope=Scope.CONTRACT.value, subject=Slot("contract"))
    return (_wide() | mine).order_by("valid_from", "id")


def _wide() -> QuerySet[Value]:
    return Value.objects.filter(scope__in=[Scope.SELLER.value, Scope.PLAN.value])


_FOR_CONTRACT = Asked(_for_contract)
_FOR_CONTRACTS = Asked(
    lambda: Value.objects.filter(scope=Scope.CONTRACT.value, subject__any_of=Slot("contracts")).order_by(
        "valid_from", "id"
    )
)


def ever_set(setting: Setting[Any]) -> bool:
    """Whether anybody ever set it, for whatever: as this process read it last, see `snapshot`."""
    return any(one.key == setting.key for one in snapshot().values)


def know(contract_ids: Collection[UUID]) -> set[UUID]:
    """Read for many contracts at once what `values` asks for each of them, for the use case that goes on. Returns those for
    which anything was ever set."""
    wide = list(_told(_wide().order_by("valid_from", "id")))
    own: dict[str, list[SetValue]] = {str(one): [] for one in contract_ids}
    for one in _told(_FOR_CONTRACTS.all(contracts=list(own))):
        own[one.subject].append(one)
    shared = Snapshot(tuple(wide))
    each: dict[str, Snapshot] = {of: Snapshot((*wide, *rows)) if rows else shared for of, rows in own.items()}
    use_case.know(MEMORY, {"": shared, **each})
    return {UUID(of) for of, rows in own.items() if rows}


def set_by(setting: Setting[Any], *, whose: Whose = SELLER, at: datetime) -> SetValue | None:
    """Which value that somebody set holds at a moment; None where it is as it ships."""
    subjects, newest = whose.subjects, dict[Scope, SetValue]()
    for one in history(setting.key):
        if one.valid_from <= at and subjects.get(one.scope) == one.subject:
            newest[one.scope] = one
    held = (newest.get(scope) for scope in NARROWEST_FIRST)
    return next((one for one in held if one is not None and one.value is not None), None)


def set_for(*, key: str, scope: Scope, subject: str, at: datetime) -> object:
    """What was set for exactly this scope, as JSON; None when nothing is."""
    rows = Value.objects.filter(key=key, scope=scope.value, subject=subject, valid_from__lte=at)
    newest = rows.order_by("valid_from", "id").last()
    return None if newest is None else newest.value


def history(*keys: str) -> list[SetValue]:
    """Everything that was ever set, in the order in which it holds; of some settings, or of all."""
    rows = Value.objects.filter(key__in=keys) if keys else Value.objects.all()
    return list(_told(rows.order_by("valid_from", "id")))


def _told(rows: Iterable[Value]) -> tuple[SetValue, ...]:
    return tuple(
        SetValue(
            row.key, Scope(row.scope), row.subject, row.value, row.valid_from, row.set_at, row.actor, row.why
        )
        for row in rows
    )


def in_force(key: str, *, at: datetime) -> list[SetValue]:
    """What was set for the seller, for plans and for contracts, as it holds at a moment or will later; without what
    was given back. By scope from wide to narrow, by subject, by date."""
    newest: dict[tuple[Scope, str], SetValue] = {}
    later: list[SetValue] = []
    for one in history(key):
        if one.valid_from <= at:
            newest[one.scope, one.subject] = one
        else:
            later.append(one)
    found = [one for one in newest.values() if one.value is not None] + later
    widest_first = list(reversed(NARROWEST_FIRST))
    return sorted(found, key=lambda one: (widest_first.index(one.scope), one.subject, one.valid_from))


# The same for those who have no Django connection: rows for `Snapshot.of`.
EVERY = "SELECT key, scope, subject, value, valid_from, set_at, actor, why FROM settings_value ORDER BY valid_from, id"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All values as they were read together, for the hot path; in the order in which they hold. Each is checked once."""

    values: tuple[SetValue, ...] = ()
    _checked: dict[int, Any] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, rows: Iterable[tuple[Any, ...]]) -> Snapshot:
        return cls(tuple(SetValue(key, Scope(scope), *rest) for key, scope, *rest in rows))

    def value[T](self, setting: Setting[T], *, whose: Whose = SELLER, at: datetime) -> T:
        those = [one for one in self.values if one.key == setting.key and one.valid_from <= at]
        held = _in_force(those, whose) if those else None
        if held is None:
            return setting.shipped
        if id(held) not in self._checked:
            self._checked[id(held)] = setting.read(held.value)
        return cast(T, self._checked[id(held)])


class _Kept:
    snapshot = Snapshot()
    until_ns = 0


def snapshot() -> Snapshot:
    """What this process read last, at most FRESH_NS ago."""
    now_ns = time.monotonic_ns()
    if now_ns >= _Kept.until_ns:
        _Kept.snapshot, _Kept.until_ns = Snapshot(tuple(history())), now_ns + FRESH_NS
    return _Kept.snapshot


def forget_snapshot() -> None:
    """The next reader reads anew."""
    _Kept.until_ns = 0


def _in_force(values: Iterable[SetValue], whose: Whose) -> SetValue | None:
    """Of `values` in the order in which they hold, the last of the narrowest scope; None where it is as it ships."""
    subjects = whose.subjects
    newest = {one.scope: one for one in values if subjects.get(one.scope) == one.subject}
    held = (newest.get(scope) for scope in NARROWEST_FIRST)
    return next((one for one in held if one is not None and one.value is not None), None)
