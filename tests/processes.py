"""Programs of ours in processes of their own, until they end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from abono.demo.ports import any_free

ROOT = Path(__file__).parents[1]


def python(
    *arguments: str, env: Mapping[str, str] = os.environ, cwd: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """What it said, and with which code it ended."""
    return subprocess.run(
        [sys.executable, *arguments],
        env={**env, "PYTHONPATH": str(ROOT)},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
    )


def abono(
    *arguments: str, env: Mapping[str, str] = os.environ, cwd: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    return python("-m", "abono", *arguments, env=env, cwd=cwd)


def environment(**ours: str) -> dict[str, str]:
    """With these variables of ours, and no others."""
    return {**{name: value for name, value in os.environ.items() if not name.startswith("ABONO_")}, **ours}


def without_database(home: Path) -> dict[str, str]:
    """Where nobody answers."""
    [port] = any_free(1)
    dsn = f"postgresql://abono@127.0.0.1:{port}/abono"
    return {**os.environ, "ABONO_HOME": str(home), "DATABASE_URL": dsn}
