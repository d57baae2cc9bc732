"""One use case is one transaction: all of it happens, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from uuid import UUID

from django.db import connection, transaction

LOCK_TIMEOUT_MS = 5_000  # nobody waits for ever behind a lost lock holder

type Lock = tuple[int, UUID]  # rank in the order of locks, and whose row

_held: ContextVar[tuple[Lock, ...] | None] = ContextVar("held", default=None)  # None: no transaction of ours


@contextmanager
def one_transaction() -> Iterator[None]:
    """A transaction whose waits for locks are bounded; inside another one it joins that one's."""
    before = _held.get()
    try:
        with transaction.atomic():
            if before is None:
                _held.set(())
                with connection.cursor() as cursor:
                    cursor.execute(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}")
            yield
    except BaseException:
        _held.set(before)  # what was locked since is free again
        raise
    if before is None:
        _held.set(None)


def use_case[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Run `function` in one transaction."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with one_transaction():
            return function(*args, **kwargs)

    return run


def held() -> tuple[Lock, ...]:
    """The locks that the transaction noted, in order."""
    return _held.get() or ()


def hold(lock: Lock) -> None:
    """Note a lock that the transaction takes now and keeps until it ends."""
    _held.set((*held(), lock))
