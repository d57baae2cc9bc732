"""The ground that the story stands on: a database of its own, and real processes on ports of their own."""

from __future__ import annotations

import json
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql

from abono.demo import ports
from abono.demo.processes import Crew, Process, run
from abono.demo.screen import doing, say
from abono.demo.stack import Addresses, Stack
from abono.demo.story.notebook import Notebook

STEP_S = 120  # longest that a step behind the stage may take


class NotOurs(Exception):
    """The database cannot be used for the story; the text says why."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A database and a folder that belong together."""

    dsn: str
    folder: Path

    @property
    def name(self) -> str:
        return name_of(self.dsn)


def name_of(dsn: str) -> str:
    """The name of the database in an address."""
    return unquote(urlsplit(dsn).path.lstrip("/"))


@contextmanager
def throw_away(server: str, *, keep: bool) -> Iterator[Ground]:
    """A new database on the server, and a new folder; both are gone afterwards unless they shall be kept."""
    ground = Ground(
        beside(server, f"abono_story_{secrets.token_hex(4)}"), Path(tempfile.mkdtemp(prefix="abono-story-"))
    )
    create(ground)
    try:
        yield ground
    except BaseException:
        if not keep:
            drop(ground)
        raise
    if keep:
        say(f"  Kept: database {ground.name}, folder {ground.folder}.")
        return
    drop(ground)
    shutil.rmtree(ground.folder, ignore_errors=True)


def create(ground: Ground) -> None:
    """Make the database when it is not there. Raises psycopg.OperationalError when the server is not."""
    with psycopg.connect(beside(ground.dsn, "postgres"), autocommit=True) as server:
        known = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [ground.name]).fetchone()
        if known is None:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(ground.name)))


def require_usable(ground: Ground, notebook: Notebook) -> None:
    """The database must be empty, or that of a whole earlier run with the same folder. Raises NotOurs."""
    if "finished" in notebook:
        return
    if not notebook.is_new:
        raise NotOurs(
            f"an earlier run on {ground.name} was cut short. Drop that database and remove {ground.folder}."
        )
    with psycopg.connect(ground.dsn) as connection:
        there = connection.execute("SELECT to_regclass('contracts_contract') IS NOT NULL").fetchone()
        if there == (True,) and connection.execute("SELECT 1 FROM contracts_contract LIMIT 1").fetchone():
            raise NotOurs(
                f"{ground.name} has contracts that {ground.folder} knows nothing of: give it another."
            )


def drop(ground: Ground) -> None:
    """Remove the database, whoever uses it."""
    with psycopg.connect(beside(ground.dsn, "postgres"), autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(ground.name)))


def beside(dsn: str, database: str) -> str:
    """The address of another database of the same server."""
    return urlsplit(dsn)._replace(path=f"/{database}").geturl()


def stack_on(ground: Ground) -> Stack:
    """Its parts, on any ports that are free, with a secret of their own."""
    web, simulator, inbox, smtp = ports.any_free(4)
    return Stack(
        Addresses(web, simulator, inbox, smtp),
        ground.dsn,
        ground.folder,
        "a secret of the story",
        {"DATABASE_URL": ground.dsn},
    )


@contextmanager
def processes(stack: Stack) -> Iterator[None]:
    """Simulator, inbox, web server and worker, each ready; all gone afterwards. Raises Ended."""
    crew = Crew()
    try:
        with doing("Starting simulator, inbox, web server and worker"):
            crew.start(stack.simulator(), stack.inbox(), stack.web(), stack.worker())
        yield
    except Exception:
        say(f"  The logs of this run are in {stack.folder / 'logs'}.")
        raise
    finally:
        with doing("Stopping them"):
            crew.stop()


def behind_the_stage(stack: Stack, *words: str) -> dict[str, Any]:
    """Run a step of `abono.demo.story.backstage` in a process of its own; what it found out.

    Raises Ended.
    """
    log = stack.folder / "logs" / "backstage.log"
    run(
        Process(" ".join(words), "abono.demo.story.backstage", words, stack.environment, log), within_s=STEP_S
    )
    return dict(json.loads(log.read_text().splitlines()[-1]))
