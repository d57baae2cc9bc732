"""A small file that is made once and then only read, however many processes start together."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def written_once(file: Path, make: Callable[[], str]) -> str:
    """The text of `file`; when it is missing it is made, readable by its owner only.

    Of several processes that start at the same moment one wins, and all read the same text.
    Raises OSError when the folder cannot be written.
    """
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        mine = file.with_name(f"{file.name}.{os.getpid()}")
        try:
            mine.touch(mode=0o600)
            mine.write_text(make())
            os.link(mine, file)
        except FileExistsError:
            pass  # another process was faster: its text counts
        finally:
            mine.unlink(missing_ok=True)
    return file.read_text().strip()
