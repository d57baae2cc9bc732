"""Are the catalogs whole? Extracts all texts anew and compares: missing, stale, fuzzy, not translated, or with
other placeholders than the original. Needs xgettext (Debian: gettext)."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path

import polib

from tools.messages import CATALOGS, LOCALE, extract

_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}|%%|%[sd]")


def main() -> int:
    if not shutil.which("xgettext"):
        print("check_messages needs xgettext: apt-get install gettext", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        extract(Path(folder))
        wrong = [
            f"{name}: {problem}"
            for name in CATALOGS
            for problem in compare(polib.pofile(str(catalog(Path(folder), name))), catalog(LOCALE, name))
        ]
    for line in wrong:
        print(line, file=sys.stderr)
    if wrong:
        print(f"{len(wrong)} problems; `make messages` brings new texts in", file=sys.stderr)
    return 1 if wrong else 0


def catalog(folder: Path, name: str) -> Path:
    return folder / name / "LC_MESSAGES" / "django.po"


def compare(fresh: polib.POFile, committed: Path) -> list[str]:
    """What is wrong with a committed catalog, one line each."""
    if not committed.exists():
        return [f"{committed} is missing"]
    have = {_key(entry): entry for entry in polib.pofile(str(committed)) if not entry.obsolete}
    want = {_key(entry): entry for entry in fresh}
    problems = [f"missing: {want[key].msgid!r} ({_where(want[key])})" for key in want.keys() - have.keys()]
    problems += [f"stale: {have[key].msgid!r}" for key in have.keys() - want.keys()]
    for key in want.keys() & have.keys():
        problems += _entry_problems(have[key])
    return sorted(problems)


def _entry_problems(entry: polib.POEntry) -> list[str]:
    if entry.fuzzy:
        return [f"fuzzy: {entry.msgid!r}"]
    if not entry.translated():
        return [f"not translated: {entry.msgid!r}"]
    allowed = set(_PLACEHOLDER.findall(entry.msgid)) | set(_PLACEHOLDER.findall(entry.msgid_plural))
    if entry.msgid_plural:
        # A plural form may leave the number out ("one message"), but may not invent a placeholder.
        strange = [text for text in entry.msgstr_plural.values() if set(_PLACEHOLDER.findall(text)) - allowed]
    else:
        strange = [text for text in [entry.msgstr] if set(_PLACEHOLDER.findall(text)) != allowed]
    return [f"placeholders differ: {entry.msgid!r} / {text!r}" for text in strange]


def _key(entry: polib.POEntry) -> tuple[str | None, str, str]:
    return entry.msgctxt, entry.msgid, entry.msgid_plural


def _where(entry: polib.POEntry) -> str:
    return ", ".join(file for file, _ in entry.occurrences[:2])


if __name__ == "__main__":
    sys.exit(main())
