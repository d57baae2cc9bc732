"""The tools of the house do what they say."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polib
import pytest

from tests import rulebook
from tools import check_messages

ROOT = Path(__file__).parents[2]


def marked(test: str, *numbers: str) -> Any:
    marker = SimpleNamespace(args=numbers)
    return SimpleNamespace(nodeid=test, iter_markers=lambda name: [marker] if name == "rule" else [])


def test_a_rule_counts_each_test_that_carries_its_number() -> None:
    proven = rulebook.proven_by([marked("a", "PKG-3"), marked("b", "PKG-3", "PKG-6"), marked("c")])
    assert (proven["PKG-3"], proven["PKG-6"], proven["PKG-7"]) == (["a", "b"], ["b"], [])
    assert list(proven) == rulebook.numbers()


def test_a_number_that_no_rule_has_is_an_error() -> None:
    with pytest.raises(pytest.UsageError, match=r"PKG-99: tests/test_x\.py::test_y"):
        rulebook.check_markers([marked("tests/test_x.py::test_y", "PKG-99")])


def test_what_is_wrong_with_a_catalog_is_said_line_by_line(tmp_path: Path) -> None:
    fresh = polib.POFile()
    for msgid in ("whole", "new", "half", "empty", "{money} left"):
        fresh.append(polib.POEntry(msgid=msgid, occurrences=[("a.py", "")]))
    committed = polib.POFile()
    for msgid, msgstr, flags in (
        ("whole", "entero", []),
        ("half", "medio", ["fuzzy"]),
        ("empty", "", []),
        ("{money} left", "quedan {dinero}", []),
        ("gone", "ido", []),
    ):
        committed.append(polib.POEntry(msgid=msgid, msgstr=msgstr, flags=flags))
    committed.save(str(tmp_path / "django.po"))
    assert check_messages.compare(fresh, tmp_path / "django.po") == [
        "fuzzy: 'half'",
        "missing: 'new' (a.py)",
        "not translated: 'empty'",
        "placeholders differ: '{money} left' / 'quedan {dinero}'",
        "stale: 'gone'",
    ]
    assert check_messages.compare(fresh, tmp_path / "none.po") == [f"{tmp_path / 'none.po'} is missing"]


def test_a_python_that_does_not_run_is_not_chosen(tmp_path: Path) -> None:
    shim = tmp_path / "python3.13"  # like the shim of a pyenv version that is not selected
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    search = {"PATH": f"{tmp_path}:/usr/bin:/bin", "HOME": str(tmp_path)}
    chosen = subprocess.run(
        ["sh", ROOT / "tools" / "find-python"], env=search, capture_output=True, text=True
    )
    assert str(tmp_path) not in chosen.stdout
    given = subprocess.run(
        ["sh", ROOT / "tools" / "find-python"], env=search | {"PY": str(shim)}, capture_output=True, text=True
    )
    assert given.returncode == 1
    assert "is not a Python 3.12 or newer" in given.stderr
