"""One use case is one transaction: all of it happens, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import cast
from uuid import UUID

from django.db import transaction

type Lock = tuple[int, UUID]  # rank in the order of locks, and whose row
type Key = tuple[Hashable, ...]  # of what, and which of it

_held: ContextVar[dict[Lock, object] | None] = ContextVar(
    "held", default=None
)  # None: no transaction of ours
_kept: ContextVar[dict[Key, object]] = ContextVar("kept", default={})  # noqa: B039 - never changed, always replaced


@contextmanager
def one_transaction() -> Iterator[None]:
    """A transaction. Inside another one it is a part of that: whatever is refused in it,
    all of it is refused, unless the caller gave it a `transaction.atomic()` of its own."""
    before, kept = _held.get(), _kept.get()
    try:
        with transaction.atomic(savepoint=before is None):
            if before is None:
                _held.set({})
            yield
    except BaseException:
        _held.set(before)  # what was locked since is free again
        _kept.set(kept)
        raise
    if before is None:
        _held.set(None)
        _kept.set({})


def use_case[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Run `function` in one transaction."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with one_transaction():
            return function(*args, **kwargs)

    return run


def held() -> Mapping[Lock, object]:
    """The locks that the transaction noted, in order, each with its row where it was noted with one."""
    return _held.get() or {}


def hold(lock: Lock, what: object = None) -> None:
    """Note a lock that the transaction took and keeps until it ends."""
    _held.set({**held(), lock: what})


def first(what: str) -> bool:
    """Whether the transaction was not asked for this before; outside of one of ours, always."""
    if _held.get() is None:
        return True
    new = (what,) not in _kept.get()
    _kept.set({**_kept.get(), (what,): True})
    return new


def once[Found](key: Key, look_up: Callable[[], Found]) -> Found:
    """What the transaction looked up before, by its key; outside of one of ours it is looked up anew."""
    if _held.get() is None:
        return look_up()
    if key not in _kept.get():
        _kept.set({**_kept.get(), key: look_up()})
    return cast(Found, _kept.get()[key])


def forget(of: str) -> None:
    """Look up anew what begins so, for the transaction has changed it."""
    _kept.set({key: found for key, found in _kept.get().items() if key[0] != of})
