"""What the demo and the story say in the terminal: one line for each thing that is done, with how long it took."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

WIDTH = 66


def say(text: str = "") -> None:
    """One line, at once: whoever reads through a pipe sees it as well."""
    _write(text + "\n")


@contextmanager
def doing(what: str) -> Iterator[None]:
    """Say what is being done, and when it is done, for how long: `Starting the web server … 1.9 s`."""
    began = time.monotonic()
    _write(f"  {what} ")
    try:
        yield
    except BaseException:
        say("…")
        raise
    say(f"{'.' * max(3, WIDTH - len(what))} {time.monotonic() - began:5.1f} s")


def table(rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as they need to be; the first row is the heading."""
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    for number, row in enumerate(rows):
        say("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        if number == 0:
            say("  " + "  ".join("-" * width for width in widths))


def _write(text: str) -> None:
    """A reader that went away is no reason to leave processes behind."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 – until we end
