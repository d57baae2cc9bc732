"""Every way in stands in docs/security.md: what lets somebody in is found in the code, and nothing else is (S-31)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOORS = ROOT / "abono" / "entrypoints"
PAPER = (ROOT / "docs" / "security.md").read_text().partition("## Ways in")[2].partition("\n## ")[0]

# What makes somebody known: a library's sign-in, a key, a secret that is compared, a signature that is looked at.
_LETS_IN = re.compile(
    r"(^|\.)(perform_\w*login|login|post_authentication|reauthenticate"
    r"|authenticate|check_password|check_token|compare_digest|unsign|parse_webhook)$"
    r"|(^|\.)keys\.(used|find)$|(^|\.)signing\.loads$"
)
_MAY = re.compile(
    r"login|authenticat|check_password|check_token|compare_digest|unsign|parse_webhook|keys\.|signing|\.session\["
)


def _marks(node: ast.AST) -> Iterator[str]:
    """What in this code makes somebody known, or is remembered of them in their session."""
    for one in ast.walk(node):
        if isinstance(one, ast.Call) and _LETS_IN.search(called := ast.unparse(one.func)):
            yield called
        targets = one.targets if isinstance(one, ast.Assign) else []
        yield from (ast.unparse(target) for target in targets if ".session[" in ast.unparse(target))


def _found() -> dict[str, list[str]]:
    """By `file: function`, below `abono/entrypoints`."""
    return {
        f"{file.relative_to(DOORS)}: {one.name}": marks
        for file in sorted(DOORS.rglob("*.py"))
        if _MAY.search(text := file.read_text())
        for one in ast.walk(ast.parse(text))
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and (marks := sorted(set(_marks(one))))
    }


def test_every_place_that_lets_somebody_in_stands_in_the_paper_and_every_place_there_lets_somebody_in() -> (
    None
):
    named = re.findall(r"`([\w/]+\.py: \w+)`", PAPER)
    assert sorted(named) == sorted(set(named))
    assert set(named) == _found().keys()


def test_each_way_in_names_a_test() -> None:
    rows = [row for row in PAPER.splitlines() if row.startswith("| ") and ".py: " in row]
    assert len(rows) > 12
    assert [row.split("|")[1] for row in rows if "::test_" not in row] == []


def test_a_session_is_written_to_as_one_and_in_no_other_way() -> None:
    """Else a way in could be made that is not found above."""
    others = re.compile(
        r"\.session\.(setdefault|update|__setitem__)\(|import (alogin|login)\b|\bforce_login\b"
    )
    assert [str(file) for file in sorted(DOORS.rglob("*.py")) if others.search(file.read_text())] == []
