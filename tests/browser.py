"""The Chromium that browser tests drive: the system's own, never one that a tool downloads.

Its headless shell comes first: without a window's machinery it takes a third less of a core for the same pages.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable

import pytest

ADVICE = "none found; browser tests need one: apt-get install chromium-headless-shell (or set CHROMIUM=/path/to/it)"
_NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
)

# It must not look for updates or other hosts while it is being watched.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    """Path of the browser; None when there is none."""
    given = os.environ.get("CHROMIUM")
    return next(filter(None, map(shutil.which, [given] if given else _NAMES)), None)


def require_for(items: Iterable[pytest.Item]) -> None:
    """Tests marked `e2e` need a browser: without one they are skipped with the reason, in CI refused."""
    driven = [item for item in items if item.get_closest_marker("e2e")]
    if driven and not chromium():
        if os.environ.get("CI"):
            raise pytest.UsageError(f"browser: {ADVICE}")
        for item in driven:
            item.add_marker(pytest.mark.skip(reason=f"browser: {ADVICE}"))
