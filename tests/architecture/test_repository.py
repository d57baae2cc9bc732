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


def test_no_secret_lies_in_the_repository() -> None:
    """Keys that open something: of TLS, of clouds, of payment suppliers, ours. Those that tests make up say so."""
    secret = re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\b[sr]k_live_\w{10}|\bgh[pousr]_\w{30}|\babk_[\w-]{40}"
        r"|\bwhsec_[\w+/=]{24}"
    )
    parts = ("PRIVATE KEY", "AKIA", "k_live_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "abk_", "whsec_")
    folders = ("abono", "bench", "catalog", "deploy", "docs", "examples", "requirements", "tests", "tools")
    files = (file for folder in folders for file in (ROOT / folder).rglob("*") if file.is_file())
    texts = (file for file in files if file.suffix not in {".pyc", ".mo", ".png", ".xz", ".woff2", ".ttf"})
    found = {
        str(file.relative_to(ROOT))
        for file in texts
        if any(part in (text := file.read_text(errors="replace")) for part in parts) and secret.search(text)
    }
    assert found == {"tests/platform/running/test_logs.py"}  # made up, to be masked


def test_the_development_set_has_the_same_pins_as_the_running_set() -> None:
    pin = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)
    running = dict(pin.findall((ROOT / "requirements" / "run.txt").read_text()))
    development = dict(pin.findall((ROOT / "requirements" / "dev.txt").read_text()))
    assert running.items() <= development.items()
