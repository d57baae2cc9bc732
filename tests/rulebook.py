"""The rules of docs/rules.md, and which tests say that they prove them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

FILE = Path(__file__).parents[1] / "docs" / "rules.md"
_ROW = re.compile(r"^\| ([A-Z]{3}-\d+) \|", re.MULTILINE)


def numbers() -> list[str]:
    """Every rule's number, in the order of the book."""
    return _ROW.findall(FILE.read_text())


def proven_by(items: Iterable[pytest.Item]) -> dict[str, list[str]]:
    """For each rule the ids of the tests that carry its number."""
    tests: dict[str, list[str]] = {number: [] for number in numbers()}
    for item in items:
        carried = {number for marker in item.iter_markers("rule") for number in marker.args}
        for number in sorted(carried):
            tests.setdefault(number, []).append(item.nodeid)
    return tests


def check_markers(items: Iterable[pytest.Item]) -> None:
    """Raises UsageError when a test names a rule that the book does not have."""
    known = set(numbers())
    wrong = {number: tests[0] for number, tests in proven_by(items).items() if number not in known}
    if wrong:
        lines = [f"  {number}: {test}" for number, test in wrong.items()]
        raise pytest.UsageError("docs/rules.md has no rule\n" + "\n".join(lines))
