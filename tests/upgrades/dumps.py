"""What installations of a released version have in their databases: a dump with data for each, `VERSION.sql.xz`.

`python -m tools.release_dump` makes them. A dump says itself of which migrations it is: in the comment that `abono migrate`
leaves (`abono.platform.postgres.schema`).
"""

from __future__ import annotations

import json
import lzma
import re
import subprocess
from pathlib import Path

from abono import __version__
from abono.config.settings import ENV
from abono.platform import postgres
from abono.platform.postgres import schema
from abono.platform.postgres.schema import Prints

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
_RELEASED = re.compile(r"^## (\d+\.\d+\.\d+) — (?P<day>\d{4}-\d\d-\d\d)$", re.M)
_COMMENT = re.compile(r"^COMMENT ON TABLE public\.django_migrations IS '(.*)';$", re.M)
_NEWER_THAN_15 = re.compile(r"^SET transaction_timeout = 0;\n", re.M)  # the oldest server that we take


def released() -> list[str]:
    """Every version that has a day in the changelog, the oldest first."""
    return [found[1] for found in _RELEASED.finditer((ROOT / "CHANGELOG.md").read_text())][::-1]


def to_try() -> list[str]:
    """Versions from which one must be able to come here: those that are released, and this one."""
    return [*released(), *({__version__} - set(released()))]


def stands(version: str) -> bool:
    """Whether it has a dump that must serve: of a version that is not released yet, one of the migrations of now."""
    return version in released() or (file_of(version).exists() and prints(read(version)) == schema.prints())


def file_of(version: str) -> Path:
    return FOLDER / f"{version}.sql.xz"


def prints(dump: str) -> Prints:
    """By name of each of our migrations that made it: the first letters of its hash."""
    found = _COMMENT.search(dump)
    assert found is not None, "no database that `abono migrate` made"
    return dict(json.loads(found[1]))


def make(dsn: str) -> str:
    """What the database has, as SQL that psql reads on every server that we take."""
    said = _program(
        "pg_dump", "--no-owner", "--restrict-key=abono", "--exclude-schema=fresh", f"--dbname={dsn}"
    )
    return _NEWER_THAN_15.sub("", said)


def load(dump: str, *, into: str) -> None:
    """Into an empty database; the roles that it names must be there."""
    _program("psql", "-qX1", "-v", "ON_ERROR_STOP=1", f"--dbname={into}", given=dump)


def read(version: str) -> str:
    return lzma.decompress(file_of(version).read_bytes()).decode()


def write(version: str, dump: str) -> int:
    """Returns how many bytes it is."""
    packed = lzma.compress(dump.encode(), preset=9 | lzma.PRESET_EXTREME)
    return file_of(version).write_bytes(packed)


def _program(name: str, *words: str, given: str = "") -> str:
    done = subprocess.run(
        [postgres.programs(ENV.home) / name, *words], input=given, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, f"{name}: {done.stderr}"
    return done.stdout
