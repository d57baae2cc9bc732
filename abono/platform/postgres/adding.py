"""Rows of texts that are added to a table, however many, in one statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

from django.db import connection

from abono.platform.postgres.arrays import Uuids, column

type Row = Sequence[str | None]


def beside() -> Any:
    """A cursor whose values go beside the statement: the server reads large ones in half the time, and nobody quotes them."""
    return cast(Any, connection).beside()


class Adding:
    """How rows get into a table. What all of them have alike goes once, the rest as arrays.

    columns   with their types, as rows have them: `id uuid, what text`
    said      of some of them what becomes of the value, `{}`
    always    what further columns are in each row, in SQL
    then      what follows the values
    """

    def __init__(
        self,
        table: str,
        columns: str,
        *,
        said: Mapping[str, str] | None = None,
        always: Mapping[str, str] | None = None,
        then: str = "",
    ) -> None:
        self._types = dict(one.split(" ", 1) for one in columns.split(", "))
        self._said, self._always, self._then = said or {}, always or {}, then
        self._into = f"INSERT INTO {table} ({', '.join([*self._types, *self._always])})"
        self._statement = lru_cache(self._word)

    def add(self, rows: Iterable[Row]) -> list[tuple[Any, ...]]:
        """One row at least. Returns what `then` does. Raises ValueError for NUL, which PostgreSQL cannot keep."""
        values: list[str | Uuids | None] = []
        alike: list[bool] = []
        for of, those in zip(self._types.values(), zip(*rows, strict=True), strict=True):
            same = those.count(those[0]) == len(those) and (len(those) == 1 or bool(alike))
            if same and "\0" in (those[0] or ""):
                raise ValueError("a text with NUL")
            alike.append(same)
            if same:
                values.append(those[0])
            else:
                values.append(Uuids(those) if of == "uuid" and None not in those else column(those))
        with beside() as cursor:
            cursor.execute(self._statement(tuple(alike)), values)
            return cursor.fetchall() if cursor.description else []

    def _word(self, alike: tuple[bool, ...]) -> str:
        words = (
            self._said.get(name, "{}").format(f"%s::{of}" if same else f"unnest(%s::{of}[])")
            for (name, of), same in zip(self._types.items(), alike, strict=True)
        )
        return f"{self._into} SELECT {', '.join([*words, *self._always.values()])} {self._then}"
