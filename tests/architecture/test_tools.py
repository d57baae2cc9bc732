"""The tools of the house do what they say."""

from __future__ import annotations

import subprocess
from pathlib import Path

import polib

from tools import check_messages

ROOT = Path(__file__).parents[2]


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
