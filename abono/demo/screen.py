"""What the demo and the story say in the terminal: one line for each thing that is done, with how long it took."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

WIDTH = 66


def say(text: str = "") -> None:
    """One line, at once: whoever reads through a pipe sees it as well."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


@contextmanager
def doing(what: str) -> Iterator[None]:
    """Say what is being done, and when it is done, for how long: `Starting the web server … 1.9 s`."""
    began = time.monotonic()
    sys.stdout.write(f"  {what} ")
    sys.stdout.flush()
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
