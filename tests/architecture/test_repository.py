"""What must hold for the repository as a whole."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_requirement_is_pinned_by_version_and_hash() -> None:
    for name in ("run.txt", "dev.txt"):
        text = (ROOT / "requirements" / name).read_text()
        blocks = [block for block in re.split(r"\n(?=\S)", text) if not block.startswith("#")]
        assert blocks
        for block in blocks:
            assert re.match(r"[\w.-]+(\[[\w,]+\])?==\S+", block), block
            assert "--hash=sha256:" in block, block


def test_no_package_index_is_named() -> None:
    texts = [ROOT / "Makefile", ROOT / "pyproject.toml", ROOT / ".ci" / "run"]
    texts += [*(ROOT / "requirements").iterdir(), *(ROOT / "tools").iterdir()]
    named = re.compile(r"find-links|(?:index|extra.index).url|https?://(?!127\.0\.0\.1)", re.IGNORECASE)
    assert [file.name for file in texts if file.is_file() and named.search(file.read_text())] == []


def test_the_development_set_has_the_same_pins_as_the_running_set() -> None:
    pin = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)
    running = dict(pin.findall((ROOT / "requirements" / "run.txt").read_text()))
    development = dict(pin.findall((ROOT / "requirements" / "dev.txt").read_text()))
    assert running.items() <= development.items()
