"""docs/production.md and deploy/ say what the program really takes and does."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from abono.config.env import Settings
from abono.entrypoints.cli.listing import BEFORE_DJANGO, OF_DJANGO

ROOT = Path(__file__).parents[2]
PAPER = (ROOT / "docs" / "production.md").read_text()
UNITS = sorted((ROOT / "deploy").glob("*.service"))
COMMANDS = {file.stem for file in (ROOT / "abono/entrypoints/cli/management/commands").glob("[a-z]*.py")}


def variables(text: str) -> set[str]:
    return set(re.findall(r"\b(?:ABONO_[A-Z_]+[A-Z]|DATABASE_URL)\b", text))


def test_every_variable_is_in_the_paper_and_no_other() -> None:
    taken = {f"ABONO_{name.upper()}" for name in Settings.model_fields if name != "database_url"}
    assert variables(PAPER) == taken | {"DATABASE_URL"}
    assert variables((ROOT / "deploy" / "abono.env").read_text()) <= taken | {"DATABASE_URL"}


def test_every_command_in_the_paper_is_one() -> None:
    named = set(re.findall(r"(?:bin/|`)abono ([a-z][a-z-]+)", PAPER))
    assert {"web", "worker", "migrate", "doctor"} <= named
    assert {name.replace("-", "_") for name in named} <= COMMANDS | BEFORE_DJANGO.keys() | OF_DJANGO


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_units_are_what_systemd_takes(unit: Path, tmp_path: Path) -> None:
    text = unit.read_text()
    assert f"ExecStart=/opt/abono/bin/abono {unit.stem.removeprefix('abono-')}" in text
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("there is no systemd-analyze here")
    there = tmp_path / unit.name  # it looks whether the program is there
    there.write_text(text.replace("/opt/abono/bin/abono", "/bin/true"))
    said = subprocess.run([verify, "verify", there], capture_output=True, text=True, timeout=60)
    assert (said.returncode, said.stderr) == (0, "")
