"""The contracts of .importlinter: who may import whom."""

from __future__ import annotations

from pathlib import Path

import pytest
from importlinter import cli

ROOT = Path(__file__).parents[2]


def test_imports_go_downwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(
        cli, "_configure_logging", lambda _verbose: None
    )  # would silence ours for all tests after it
    assert cli.lint_imports(config_filename=".importlinter", no_cache=True) == cli.EXIT_STATUS_SUCCESS
