"""What the people of the story remember from one run to the next: their browser, what they sent, when."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class Notebook:
    """A file of facts. A second run on the same database reads it and does the same again, by the same ids."""

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            self._facts: dict[str, Any] = json.loads(file.read_text())
        except FileNotFoundError:
            self._facts = {}

    @property
    def is_new(self) -> bool:
        return not self._facts

    def __contains__(self, name: str) -> bool:
        return name in self._facts

    def __getitem__(self, name: str) -> Any:
        return self._facts[name]

    def write(self, name: str, fact: object) -> None:
        """Keep a fact; it is on the disk when this returns."""
        self._facts[name] = fact
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps(self._facts, indent=1))
