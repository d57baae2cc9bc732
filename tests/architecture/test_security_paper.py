"""docs/security.md has every check once, and names only tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAPER = (ROOT / "docs" / "security.md").read_text()
STATES = {"passed", "in part", "not yet", "cannot be shown here"}
ROWS = re.findall(r"^\| (S-\d\d) \| [^|]+ \| \*([^*|]+)\* \| ([^|]+) \|$", PAPER, re.MULTILINE)


def test_every_check_stands_there_once_with_its_state() -> None:
    assert [number for number, _state, _shown in ROWS] == [f"S-{n:02}" for n in range(1, 66)]
    assert {state for _number, state, _shown in ROWS} <= STATES
    for state in STATES:
        counted = sum(found == state for _number, found, _shown in ROWS)
        assert re.search(rf"\b{counted} (?:that )?{state}", PAPER), state


def test_what_passed_or_is_there_in_part_names_a_test() -> None:
    assert [n for n, state, shown in ROWS if state in ("passed", "in part") and "::test_" not in shown] == []
    assert [
        n for n, state, shown in ROWS if state == "in part" and not re.search("Missing|Left out", shown)
    ] == []


def test_every_finding_stands_there_once() -> None:
    found = re.findall(r"^\| ([VE]-?\d+) \|", PAPER, re.MULTILINE)
    assert found == [*(f"V-{n:02}" for n in range(1, 27)), *(f"E{n}" for n in range(1, 13))]


def test_every_test_that_is_named_is_there() -> None:
    named = set(re.findall(r"`([\w/]+\.py)::(test_\w+)`", PAPER))
    assert len(named) > 100
    assert PAPER.count("::") == len(re.findall(r"`[\w/]+\.py::test_\w+`", PAPER))
    gone = [
        f"{path}::{name}"
        for path, name in sorted(named)
        if not (file := ROOT / "tests" / path).is_file() or f"def {name}(" not in file.read_text()
    ]
    assert gone == []
