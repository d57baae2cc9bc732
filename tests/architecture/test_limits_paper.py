"""docs/limits.md has every limit that is written in the code, with the number that holds."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROWS = re.findall(
    r"^\| [^|]+ \| ([\d,]+)(?: (\w+))? \| `([\w.]+)\.(\w+)` \|$",
    (ROOT / "docs" / "limits.md").read_text(),
    re.MULTILINE,
)
UNITS = {
    "": 1,
    "KiB": 2**10,
    "MiB": 2**20,
    "s": timedelta(seconds=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "days": timedelta(days=1),
}
A_LIMIT = re.compile(r"(FREE|MOST|MAX|LONGEST)(_[A-Z_]+)?|[A-Z][A-Z_]*_(MOST|LIMIT|PER_MINUTE|A_DAY)")
OF_NOBODY = ("config", "demo", "gateways.simulator")  # variables of the environment: docs/production.md


def written() -> Iterator[tuple[str, str]]:
    """Module and name of every constant that is called a limit, and is a number or a time."""
    for file in sorted((ROOT / "abono").rglob("*.py")):
        within = ".".join(file.relative_to(ROOT / "abono").with_suffix("").parts)
        if within.startswith(OF_NOBODY) or not A_LIMIT.search(text := file.read_text()):
            continue
        for name in assigned(ast.parse(text)):
            if A_LIMIT.fullmatch(name) and isinstance(in_code(within, name), int | timedelta):
                yield within, name


def assigned(module: ast.Module) -> Iterator[str]:
    for line in module.body:
        if isinstance(line, ast.Assign):
            for target in line.targets:
                yield from (one.id for one in ast.walk(target) if isinstance(one, ast.Name))


def in_code(module: str, name: str) -> object:
    return getattr(import_module(f"abono.{module}"), name)


def test_every_limit_of_the_code_stands_in_the_table_once() -> None:
    assert sorted((module, name) for _number, _unit, module, name in ROWS) == sorted(written())


def test_the_table_says_the_numbers_of_the_code() -> None:
    told = {(module, name): int(number.replace(",", "")) * UNITS[unit] for number, unit, module, name in ROWS}
    assert told == {(module, name): in_code(module, name) for module, name in told}
