"""One SQLite file, one connection, one lock: small enough that nothing can interleave."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

Row = sqlite3.Row


class Store:
    """The simulator's book. Safe for threads; survives a killed process (every commit is flushed)."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.executescript((files(__package__) / "schema.sql").read_text("utf-8"))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing, and nobody else in between."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def run(self, sql: str, *values: object) -> None:
        with self._lock:
            self._db.execute(sql, values)

    def one(self, sql: str, *values: object) -> Row | None:
        with self._lock:
            row: Row | None = self._db.execute(sql, values).fetchone()
            return row

    def all(self, sql: str, *values: object) -> list[Row]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def with_key(self, table: str, key: str) -> Row | None:
        return self.one(f"SELECT * FROM {table} WHERE key = ?", key)  # noqa: S608  the name is ours

    def insert(self, table: str, **columns: object) -> None:
        """Add one row. Names come from our code, values are bound."""
        names, marks = ", ".join(columns), ", ".join("?" * len(columns))
        self.run(f"INSERT INTO {table} ({names}) VALUES ({marks})", *columns.values())  # noqa: S608

    def close(self) -> None:
        with self._lock:
            self._db.close()


def now_ms() -> int:
    """This moment. The simulator is another company's machine: it has its own clock."""
    return time.time_ns() // 1_000_000


def to_json(value: Any) -> str:
    """The one spelling of a value: what two equal bodies have in common."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
