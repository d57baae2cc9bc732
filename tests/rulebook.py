"""The rules of docs/rules.md with their parts, and which tests say that they prove them.

Below each table of the book a list names the parts of its rules of several clauses, each in backticks; a *setting*,
in italics, stands for two parts: `name: default` and `name: other`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

FILE = Path(__file__).parents[1] / "docs" / "rules.md"
_LINE = re.compile(
    r"^(?:## (?P<title>\d+\. .+)|\| (?P<row>[A-Z]{3}-\d+) \| .+|- (?P<list>[A-Z]{3}-\d+): .+)$", re.M
)
_PART = re.compile(r"`([^`]+)`|\*([^*]+)\*")
_SETTING = re.compile(r"\*(?:setting|settings)\*", re.IGNORECASE)


@dataclass(slots=True)
class Rule:
    """One rule: the part of the book that it stands in, its own parts, and how many settings its text speaks of."""

    number: str
    title: str
    settings: int
    parts: list[str] = field(default_factory=list)
    tests: list[str] = field(default_factory=list)
    proven: set[str] = field(default_factory=set)

    @property
    def missing(self) -> list[str]:
        """What no test proves yet; a rule without parts is its own only part."""
        if self.parts:
            return [part for part in self.parts if part not in self.proven]
        return [] if self.tests else ["all of it"]


def read(text: str | None = None) -> dict[str, Rule]:
    """Every rule by its number, in the order of the book."""
    rules: dict[str, Rule] = {}
    title = ""
    for line in _LINE.finditer(FILE.read_text() if text is None else text):
        if line["title"]:
            title = line["title"]
        elif line["row"]:
            rules[line["row"]] = Rule(line["row"], title, len(_SETTING.findall(line[0])))
        else:
            rules[line["list"]].parts += _parts(line[0])
    return rules


def _parts(line: str) -> Iterator[str]:
    for plain, setting in _PART.findall(line):
        yield from [plain] if plain else [f"{setting}: default", f"{setting}: other"]


def numbers() -> list[str]:
    return list(read())


def proven_by(items: Iterable[pytest.Item]) -> dict[str, Rule]:
    """The book, with the tests that carry each number. Raises UsageError for a rule or a part that it does not have."""
    rules = read()
    wrong: dict[str, str] = {}
    for item in items:
        for number, part in sorted(_marks(item), key=str):
            rule = rules.get(number)
            if rule is None or (part is not None and part not in rule.parts):
                wrong.setdefault(f"{number} {part or ''}".strip(), item.nodeid)
                continue
            if item.nodeid not in rule.tests:
                rule.tests.append(item.nodeid)
            if part is not None:
                rule.proven.add(part)
    if wrong:
        lines = [f"  {what}: {test}" for what, test in wrong.items()]
        raise pytest.UsageError("docs/rules.md has no rule, or no part of it,\n" + "\n".join(lines))
    return rules


def _marks(item: pytest.Item) -> set[tuple[str, str | None]]:
    return {
        (number, marker.kwargs.get("part")) for marker in item.iter_markers("rule") for number in marker.args
    }
