"""One use case is one transaction: all of it happens, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from typing import cast

from django.db import transaction

from abono.platform.postgres import memory, scope
from abono.platform.postgres.memory import Key, Lock, Memory, Write

TOGETHER = 500  # rows that wait to be written together
_late: set[Write] = set()


@contextmanager
def one_transaction() -> Iterator[None]:
    """A transaction. Inside another one it is a part of that: whatever is refused in it,
    all of it is refused, unless the caller gave it a `transaction.atomic()` of its own."""
    before = memory.of_now()
    try:
        with transaction.atomic(savepoint=before is None):
            if before is None:
                memory.become(Memory())
            yield
            if before is None:
                write_gathered()
                memory.become(None)
    except BaseException:
        memory.become(before)  # what was locked since is free again
        raise


def use_case[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Run `function` in one transaction."""

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with one_transaction():
            return function(*args, **kwargs)

    return run


def held() -> Mapping[Lock, object]:
    """The locks that the transaction noted, in order, each with its row where it was noted with one."""
    here = memory.of_now()
    return {} if here is None else here.held


def hold(lock: Lock, what: object = None) -> None:
    """Note a lock that the transaction took and keeps until it ends."""
    hold_all({lock: what})


def hold_all(locks: Mapping[Lock, object]) -> None:
    """The same of many, in order."""
    here = memory.of_now() or Memory()
    memory.become(replace(here, held={**here.held, **locks}))


def first(what: str) -> bool:
    """Whether the transaction was not asked for this before; outside of one of ours, always."""
    here = memory.of_now()
    if here is None:
        return True
    memory.become(replace(here, kept={**here.kept, (what,): True}))
    return (what,) not in here.kept


def once[Found](key: Key, look_up: Callable[[], Found]) -> Found:
    """What the transaction looked up before, by its key; outside of one of ours it is looked up anew."""
    here = memory.of_now()
    if here is None:
        return look_up()
    if key not in here.kept:
        found = look_up()
        now = memory.of_now() or here  # it may have gathered or kept something itself
        memory.become(replace(now, kept={**now.kept, key: found}))
        return found
    return cast(Found, here.kept[key])


def know[Which: Hashable](of: str, found: Mapping[Which, object]) -> None:
    """What was looked up of many at once, for whoever asks `once` for `(of, which)` from here on in the transaction."""
    here = memory.of_now()
    if here is not None:
        known: dict[Key, object] = {(of, which): what for which, what in found.items()}
        memory.become(replace(here, kept={**here.kept, **known}))


def forget(of: str) -> None:
    """Look up anew what begins so, for the transaction has changed it."""
    here = memory.of_now()
    if here is not None:
        memory.become(replace(here, kept={key: found for key, found in here.kept.items() if key[0] != of}))


def gather[Row](write: Callable[[Sequence[Row]], None], *rows: Row) -> None:
    """Have `write` called with these rows and all others that the transaction gathers for it: in one statement instead of
    one each, for whom they were gathered (`scope`). That is before the transaction ends, before anybody reads what is
    written so (`write_gathered`), and before a number is taken, which keeps others waiting (INV-4). Outside of a
    transaction of ours it is called at once.
    """
    here = memory.of_now()
    if not rows:
        return
    if here is None:
        write(rows)
        return
    key = (write, scope.wanted())
    those = (*here.gathered.get(key, ()), *rows)
    memory.become(Memory(here.held, here.kept, {**here.gathered, key: those}))
    if len(those) >= TOGETHER:
        write_gathered()


def late[W: Write](write: W) -> W:
    """Let what it writes come after a number that is taken, as something that tells of the number is among it anyhow."""
    _late.add(write)
    return write


def write_gathered(*, late: bool = True) -> None:
    """Write what was gathered until now, in the order in which the first of each kind came; without what is `late`, or
    with it."""
    while (here := memory.of_now()) is not None:
        found = [key for key in here.gathered if late or key[0] not in _late]
        if not found:
            break
        write, whose = found[0]
        rows = here.gathered[write, whose]
        left = {key: those for key, those in here.gathered.items() if key != (write, whose)}
        memory.become(replace(here, gathered=left))
        with scope.working(whose):
            write(rows)
