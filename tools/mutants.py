"""`make mutants`: put known faults into a copy of the tree, one at a time, and see whether a test notices each.

`ARGS='-k raise'` takes those whose name has the word. Ends with 1 when one survives.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIST = Path(__file__).with_name("mutants.toml")
_GREEN, _RED = 0, 1  # of pytest; anything else says that it could not ask
_LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".abono", "__pycache__", ".*_cache", "node_modules")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault: `old` becomes `new` in `file`. `tests` are the nearest ones."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    @contextmanager
    def put_in(self, tree: Path) -> Iterator[None]:
        """For as long as the context lasts. Raises ValueError when `old` does not stand in the file exactly once."""
        path = tree / self.file
        text = path.read_text()
        if text.count(self.old) != 1:
            raise ValueError(f"{self.name}: {text.count(self.old)} times in {self.file}")
        path.write_text(text.replace(self.old, self.new))
        try:
            yield
        finally:
            path.write_text(text)


def read() -> list[Mutant]:
    rows = tomllib.loads(LIST.read_text())["mutant"]
    return [Mutant(row["name"], row["file"], row["old"], row["new"], tuple(row["tests"])) for row in rows]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("-k", metavar="WORD", action="append", help="only those with this word in their name")
    words = parser.parse_args(arguments).k or [""]
    chosen = [mutant for mutant in read() if any(word in mutant.name for word in words)]
    if not chosen:
        parser.error(f"no mutant has any of {words} in its name")
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        Path(folder).chmod(0o755)  # the embedded server may run under an account of its own
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=_LEFT_OUT)
        return _try(chosen, tree)


def _try(mutants: list[Mutant], tree: Path) -> int:
    nearest = sorted({test for mutant in mutants for test in mutant.tests})
    if _ask(tree, nearest, allowed=(_GREEN,)) != _GREEN:
        print("without any fault the tests are not green", file=sys.stderr)
        return 2
    found: dict[str, list[str]] = {"killed": [], "SURVIVED": [], "NOT ASKED": []}
    for mutant in mutants:
        with mutant.put_in(tree):
            code = _ask(tree, mutant.tests)
        became = {_GREEN: "SURVIVED", _RED: "killed"}.get(code, "NOT ASKED")
        found[became].append(mutant.name)
        print(f"{became}\t{mutant.name}", flush=True)
    print(", ".join(f"{len(names)} {became}" for became, names in found.items()))
    return 0 if len(found["killed"]) == len(mutants) else 1


def _ask(tree: Path, tests: Iterable[str], *, allowed: Sequence[int] = (_GREEN, _RED)) -> int:
    """What pytest answers in the tree. Its database is made of what the files say, so of a fault in SQL, too.

    What it said is shown when its answer is none of `allowed`.
    """
    # On a busy machine a test that is merely late must not look like a fault that was noticed.
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--timeout=900", *tests]
    surroundings = {**os.environ, "ABONO_HOME": str(tree / ".abono"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=tree, env=surroundings, capture_output=True, text=True)
    if done.returncode not in allowed:
        print(done.stdout[-2_000:] + done.stderr[-2_000:], file=sys.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
