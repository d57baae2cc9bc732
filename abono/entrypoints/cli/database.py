"""`abono database start | stop | status | url | psql`: the embedded server, by hand."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from abono.platform import postgres


def run(arguments: list[str], *, home: Path, given: str) -> int:
    """Do one command; the exit code. `given` is DATABASE_URL, with which there is nothing to start."""
    if arguments[:1] == ["psql"]:
        return _psql(arguments[1:], home=home, given=given)
    parser = argparse.ArgumentParser(prog="abono database", description="The embedded PostgreSQL.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("start", help="start it, and let it run until stopped")
    commands.add_parser("stop", help="stop it, whoever uses it")
    commands.add_parser("status", help="say whether it runs, and where its data lie")
    commands.add_parser("url", help="print its address")
    commands.add_parser("psql", help="open psql on the database; further arguments go to psql")
    chosen = parser.parse_args(arguments)
    if given:
        print(f"DATABASE_URL is set: the embedded server is not used. {given.rpartition('@')[2]}")
        return 0 if chosen.command in {"status", "url"} else 1
    match chosen.command:
        case "start":
            print(postgres.start(home, stay=True))
        case "stop":
            print("stopped" if postgres.stop(home) else "was not running")
        case "status":
            print(postgres.status(home))
        case "url":
            print(postgres.url(home))
    return 0


def _psql(rest: list[str], *, home: Path, given: str) -> int:
    """Become psql: ours for the embedded server, the system's for another."""
    sys.stdout.flush()
    if given:
        os.execvp("psql", ["psql", given, *rest])
    with postgres.running(home) as url:
        program = postgres.programs(home) / "psql"
        return os.spawnv(os.P_WAIT, program, ["psql", url, *rest])
