from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from abono.platform.lookups import Lookup


class Table:
    """Rows to look up; a query waits until the gate is open."""

    def __init__(self, rows: dict[str, int]) -> None:
        self.rows = rows
        self.queries: list[list[str]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def read(self, keys: Sequence[str]) -> Mapping[str, int]:
        self.queries.append(sorted(keys))
        found = {key: self.rows[key] for key in keys if key in self.rows}
        await self.gate.wait()
        return found


def _lookup(table: Table, *, remembering: bool = True) -> Lookup[str, int]:
    lookup = Lookup(table.read, lifetime_s=60)
    lookup.forget(remembering=remembering)
    return lookup


def test_what_exists_is_asked_for_once_and_what_does_not_each_time():
    async def story() -> None:
        table = Table({"a": 1, "b": 2})
        lookup = _lookup(table)
        assert await lookup.many(["a", "b", "x"]) == {"a": 1, "b": 2}
        assert await lookup.many(["a", "x"]) == {"a": 1}
        assert table.queries == [["a", "b", "x"], ["x"]]

    asyncio.run(story())


def test_those_who_come_while_a_query_runs_share_the_next_one():
    async def story() -> None:
        table = Table({f"{n}": n for n in range(10)})
        table.gate.clear()
        lookup = _lookup(table)
        asked = [asyncio.create_task(lookup.many([f"{n % 10}"])) for n in range(30)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        asked += [asyncio.create_task(lookup.many([f"{n}"])) for n in range(5)]
        table.gate.set()
        assert [await task for task in asked] == [{f"{n % 10}": n % 10} for n in range(30)] + [
            {f"{n}": n} for n in range(5)
        ]
        assert len(table.queries) <= 2

    asyncio.run(story())


@pytest.mark.rule("ACC-4")
def test_what_changed_while_it_was_read_is_not_remembered():
    async def story() -> None:
        table = Table({"a": 1})
        table.gate.clear()
        lookup = _lookup(table)
        asked = asyncio.create_task(lookup.many(["a"]))
        while not table.queries:
            await asyncio.sleep(0)
        del table.rows["a"]
        lookup.forget(remembering=True)
        table.gate.set()
        assert await asked == {"a": 1}  # asked before the change
        assert await lookup.many(["a"]) == {}

    asyncio.run(story())


@pytest.mark.rule("ACC-4")
def test_without_notifications_nothing_is_remembered():
    async def story() -> None:
        table = Table({"a": 1})
        lookup = _lookup(table, remembering=False)
        await lookup.many(["a"])
        del table.rows["a"]
        assert await lookup.many(["a"]) == {}

    asyncio.run(story())


def test_a_failed_query_fails_those_who_wait_and_nobody_later():
    async def story() -> None:
        fails = [True]

        async def read(keys: Sequence[str]) -> Mapping[str, int]:
            if fails.pop():
                raise OSError("gone")
            return dict.fromkeys(keys, 1)

        fails.insert(0, False)
        lookup = Lookup(read, lifetime_s=60)
        answers = await asyncio.gather(lookup.many(["a"]), lookup.many(["a"]), return_exceptions=True)
        assert all(isinstance(answer, OSError) for answer in answers)
        assert await lookup.many(["a"]) == {"a": 1}

    asyncio.run(story())


def test_of_what_we_are_told_is_asked_anew_and_of_nothing_else():
    async def story() -> None:
        table = Table({"a": 1, "b": 2})
        lookup = _lookup(table)
        await lookup.many(["a", "b"])
        table.rows |= {"a": 3, "b": 4}
        lookup.drop("a")
        assert await lookup.many(["a", "b"]) == {"a": 3, "b": 2}
        table.gate.clear()
        lookup.drop("a")
        asked = asyncio.create_task(lookup.many(["a"]))
        while len(table.queries) < 3:
            await asyncio.sleep(0)
        table.rows["a"] = 5
        lookup.drop("a")  # while it is read
        table.gate.set()
        assert await asked == {"a": 3}
        assert await lookup.many(["a"]) == {"a": 5}

    asyncio.run(story())


def test_a_value_is_remembered_no_longer_than_it_holds():
    async def story() -> None:
        table = Table({"over": 0, "lasting": 60})
        lookup = Lookup(table.read, lifetime_s=60, lasts_s=float)
        lookup.forget(remembering=True)
        assert await lookup.many(["over", "lasting"]) == {"over": 0, "lasting": 60}
        assert lookup.at_hand(["lasting"]) == {"lasting": 60}
        assert lookup.at_hand(["over"]) is None

    asyncio.run(story())
