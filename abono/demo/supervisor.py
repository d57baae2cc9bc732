"""`abono demo`: everything on this machine with a small world in it, until Ctrl-C."""

from __future__ import annotations

import argparse
import fcntl
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from django.conf import settings as django

from abono.config import env
from abono.demo import stack, welcome
from abono.demo.ports import NoFreePort
from abono.demo.processes import Crew, Ended, beside
from abono.demo.processes import run as run_through
from abono.demo.screen import doing, say
from abono.demo.stack import Stack
from abono.demo.stopping import Stopped, stoppable
from abono.platform import postgres


def run(arguments: list[str]) -> int:
    """Returns 0 when it ran and was stopped, 1 when it cannot run, 130 when stopped before it was up."""
    given = _parse(arguments)
    settings = env.load()
    with stoppable(), _only_one(settings.home) as alone:
        if not alone:
            say("abono demo: it runs already in another terminal. Stop that one first: Ctrl-C there.")
            return 1
        try:
            with ExitStack() as until_the_end:
                _open_database(settings, until_the_end)
                return _live(given, settings)
        except Stopped:
            say("  Stopped before it was up. What is done is done: `make demo` goes on from here.")
            return 130
        except (Ended, NoFreePort) as trouble:
            say(f"\nabono demo: {trouble}")
            return 1


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="abono demo", description="Everything, with a small world in it.")
    parser.add_argument("--seed-only", action="store_true", help="make the world, then stop")
    parser.add_argument("--no-traffic", action="store_true", help="nobody sends but you")
    ports = {
        "web": stack.WEB_PORT,
        "simulator": stack.SIMULATOR_PORT,
        "inbox": stack.INBOX_PORT,
        "smtp": stack.SMTP_PORT,
    }
    for name, port in ports.items():
        parser.add_argument(f"--{name}-port", type=int, default=port, metavar="N", help=f"instead of {port}")
    return parser.parse_args(arguments)


def _live(given: argparse.Namespace, settings: env.Settings) -> int:
    """Start all parts, say where they are, and watch over them. Raises Ended, NoFreePort."""
    addresses, moved = stack.choose(
        web=given.web_port, simulator=given.simulator_port, inbox=given.inbox_port, smtp=given.smtp_port
    )
    for sentence in moved:
        say(f"  {sentence}")
    parts = Stack(addresses, settings.dsn, settings.home, django.SIMULATOR_SECRET, {})
    facts = settings.home / "demo.json"
    crew = Crew()
    try:
        with doing("Starting the payment simulator and the inbox"):
            crew.start(parts.simulator(), parts.inbox())
        with beside(parts.fonts()):
            run_through(parts.preparation(facts))
        if given.seed_only:
            return 0
        with doing("Starting the web server and the worker"):
            crew.start(parts.web(), parts.worker())
        if not given.no_traffic:
            crew.start(parts.traffic(facts))
        welcome.show(addresses, json.loads(facts.read_text()), settings.home)
        with suppress(Stopped):
            crew.watch()
        say()
        return 0
    finally:
        with doing("Stopping"):
            crew.stop()
        welcome.farewell(settings)


def _open_database(settings: env.Settings, until_the_end: ExitStack) -> None:
    """The embedded server for as long as the demo runs, or the one of DATABASE_URL."""
    if settings.database_url:
        say(f"  The database is that of DATABASE_URL: {settings.database_url.rpartition('@')[2]}")
        return
    with doing("Starting PostgreSQL"):
        until_the_end.enter_context(postgres.running(settings.home))


@contextmanager
def _only_one(home: Path) -> Iterator[bool]:
    """Whether no other demo runs in this home folder. The lock goes with the process, however that ends."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "demo.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
