"""Connections of the simulated programs, and what befalls them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import OperationalError, connection


class Killed(Exception):
    """The database ended the connection before the answer."""


@dataclass
class Connections:
    """Beside Django's own: the fast lane's, that of another process, and one that watches and kills."""

    lane: psycopg.Connection[Any]
    watch: psycopg.Connection[Any]
    other: ThreadPoolExecutor  # its thread has a connection of its own

    def other_pid(self) -> int:
        return self.other.submit(_own_pid).result()

    def waits(self, answer: Future[object], pid: int) -> bool:
        """Until the call is answered (False) or waits for somebody's lock."""
        while not wait([answer], timeout=0.001).done:  # to ask on and on takes the time of those who work
            found = self.watch.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [pid]).fetchone()
            if found and found[0]:
                return True
        return False

    def kill(self, pid: int) -> None:
        self.watch.execute("SELECT pg_terminate_backend(%s)", [pid])


@contextmanager
def connections() -> Iterator[Connections]:
    """For as long as it lasts. Whether commits survive a crash is another test's question: here none waits for the disk."""
    other = ThreadPoolExecutor(1)
    try:
        with _plain() as lane, _plain() as watch:
            lane.execute("SET synchronous_commit = off")
            lane.prepare_threshold = 0
            _hurry("off")
            other.submit(_hurry, "off").result()
            yield Connections(lane, watch, other)
    finally:
        _hurry("DEFAULT")
        other.submit(_close_own).result()
        other.shutdown()


def _hurry(synchronous_commit: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET synchronous_commit = {synchronous_commit}")


def _close_own() -> None:
    connection.close()


def _own_pid() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def safely[Call](do: Callable[[Call], object], call: Call) -> object:
    try:
        return do(call)
    except OperationalError as error:
        connection.close()
        if isinstance(error.__cause__, psycopg.errors.AdminShutdown):
            raise Killed from error
        raise


def _plain() -> psycopg.Connection[Any]:
    """A connection as programs without Django have it."""
    given = connection.get_connection_params()
    for ours in ("cursor_factory", "context", "prepare_threshold"):
        given.pop(ours, None)
    return psycopg.connect(**given, autocommit=True)
