"""Whoever reads what a command says may go away, as `head` does: nothing is said of it."""

from __future__ import annotations

import subprocess
import sys


def test_a_reader_that_went_away_is_no_error() -> None:
    command = subprocess.Popen(
        [sys.executable, "-m", "abono", "help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert command.stdout is not None
    command.stdout.close()
    assert command.stderr is not None
    said = command.stderr.read()
    command.stderr.close()
    assert (command.wait(timeout=60), said) == (141, b"")
