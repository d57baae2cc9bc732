"""The `abono` command: the embedded database by hand, the demo and its story, every management command."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import nullcontext
from importlib import import_module

from abono import __version__

# Modules with `run(arguments) -> exit code` that stand above Django's own commands.
OWN = {"demo": "abono.demo.supervisor", "story": "abono.demo.story", "doctor": "abono.config.doctor"}

# Commands that need no database; for all others the embedded server runs as long as they do.
WITHOUT_DATABASE = {
    "",
    "help",
    "check",
    "collectstatic",
    "makemessages",
    "diffsettings",
    "openapi",
}

SERVING = {"web", "worker"}  # do not start where it is not safe to serve
# What a process is to the database; whoever types any other command is its owner (docs/database-roles.md).
ROLES = {"web": "web", "runserver": "web", "worker": "worker"}

SIGPIPE_CODE = 141  # as shells tell that whoever read our output went away


def main() -> int:
    """Run one command; the exit code. A reader that went away, as `head` does, has seen enough: nothing is said of it."""
    try:
        code = _main()
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left is flushed when we end
        return SIGPIPE_CODE
    return code


def _main() -> int:
    """What a person can put right is said in words, without a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abono.config.settings")
    from abono.config import env
    from abono.platform import postgres

    command, *arguments = [*sys.argv[1:], ""] if len(sys.argv) == 1 else sys.argv[1:]
    if command in {"version", "--version"}:  # Django would tell its own
        print(__version__)
        return 0
    os.environ["ABONO_DATABASE_ROLE"] = ROLES.get(command, "")
    try:
        settings = env.load()
        if command == "database":
            from abono.entrypoints.cli import database

            return database.run(arguments, home=settings.home, given=settings.database_url)
        starts_it = command == "doctor" or command not in {
            *WITHOUT_DATABASE,
            *OWN,
        }  # the others do it themselves
        needs_server = not settings.database_url and starts_it
        with postgres.running(settings.home) if needs_server else nullcontext():
            return _run(command, arguments)
    except (env.ConfigurationError, postgres.Unusable) as error:
        print(f"abono: {error}", file=sys.stderr)
        return 2 if command == "doctor" else 1
    except KeyboardInterrupt:
        return 130


def _run(command: str, arguments: list[str]) -> int:
    import django

    gc.disable()  # while a million things are loaded that stay, as in `abono.config.asgi`
    django.setup()
    gc.freeze()
    gc.enable()
    if command in OWN:
        return int(import_module(OWN[command]).run(arguments))
    from django.db import OperationalError, ProgrammingError

    from abono.config.env import ConfigurationError

    if command in SERVING and not {"-h", "--help"}.intersection(arguments):
        _require_safe()
    if not command.startswith("-"):
        command = command.replace("-", "_")  # check-books is what people type, check_books what Django finds
    from abono.entrypoints.cli.listing import Commands
    from abono.platform.origin import coming_from

    try:
        with coming_from("worker" if command == "worker" else "cli"):
            Commands(["abono", *filter(None, [command]), *arguments]).execute()
    except (OperationalError, ProgrammingError) as error:
        if "--traceback" in arguments or (isinstance(error, ProgrammingError) and not _no_such_table(error)):
            raise
        said = str(error).strip().partition("\n")[0]
        raise ConfigurationError(f"{said}. `abono doctor` says what is wrong with the database.") from None
    return 0


def _no_such_table(error: Exception) -> bool:
    from psycopg.errors import UndefinedColumn, UndefinedFunction, UndefinedTable

    return isinstance(error.__cause__, UndefinedTable | UndefinedColumn | UndefinedFunction)


def _require_safe() -> None:
    """Raises ConfigurationError: not safe, not the tables of this program, or the database cannot be asked."""
    from django.db import DatabaseError, connection

    from abono.config import env, settings, suppliers, unsafe
    from abono.platform.postgres import roles, schema

    try:
        roles.require(roles.Role(settings.DATABASE_ROLE))
        schema.require()
        unsafe.require(settings.ENV)
        suppliers.require(settings.ENV)
    except (schema.NotUpToDate, roles.NotInRole) as wrong:
        raise env.ConfigurationError(str(wrong)) from None
    except DatabaseError as away:
        raise env.ConfigurationError(f"the database cannot be asked: {str(away).strip()}") from None
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main())
