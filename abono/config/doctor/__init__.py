"""`abono doctor`: is this installation fit to serve, and what is to be done (OPS-7).

Nothing is changed, nobody is charged or written to. The exit code is 0 when all is well, 1 when somebody should look,
2 when it does not serve or must not.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict

from django.db import DatabaseError, connection

from abono.config import env
from abono.config.doctor import around, inside
from abono.config.doctor.finding import Finding, Level, wrong
from abono.config.settings import ENV
from abono.platform import clock

_AWAY = "Start it, or set DATABASE_URL"
_REMEDIES = {  # by what libpq says
    "does not support SSL": "Set ssl = on in its postgresql.conf, with a certificate",
    "certificate": "Give DATABASE_URL the certificate of who vouches for its server as sslrootcert, and as host the"
    " name in that server's",
}
_WORDS = {Level.OK: "ok", Level.WARNING: "warning", Level.WRONG: "wrong"}


def run(arguments: list[str]) -> int:
    """Look at everything and say it, a line for each; the exit code."""
    parser = argparse.ArgumentParser(
        prog="abono doctor", description="Is this installation fit to serve, and what is to be done?"
    )
    parser.add_argument("--json", action="store_true", help="for programs: a list of findings")
    given = parser.parse_args(arguments)
    findings = list(look(ENV))
    worst = max(finding.level for finding in findings)
    if given.json:
        told = [asdict(finding) | {"level": _WORDS[finding.level]} for finding in findings]
        print(json.dumps({"verdict": _WORDS[worst], "findings": told}, indent=1, ensure_ascii=False))
    else:
        for finding in findings:
            print(f"{_WORDS[finding.level]:8} {finding.name:14} {finding.what}")
            if finding.do:
                print(f"{'':23} -> {finding.do}")
    return int(worst)


def look(given: env.Settings) -> Iterator[Finding]:
    """Everything that can be looked at; what the database is needed for only when it answers."""
    yield from around.safety(given)
    yield from around.seller(given)
    yield from around.secret(given)
    yield from around.made_files(given)
    yield from around.disk(given)
    yield from around.mail_server(given)
    yield from around.gateways(given)
    try:
        yield from inside.server(given)
        tables = list(inside.tables())
        yield from tables
        if all(finding.level is not Level.WRONG for finding in tables):
            now = clock.now()
            for found in (
                inside.time(now),
                inside.months(now),
                inside.work(now),
                inside.content(given, now),
                inside.texts(),
            ):
                yield from found
    except DatabaseError as error:
        said = " ".join(str(error).split())
        yield wrong("database", said, next((do for sign, do in _REMEDIES.items() if sign in said), _AWAY))
    finally:
        connection.close()
