"""Makes the web font: `python -m abono.entrypoints.site.fonts`.

Inter comes as a variable TrueType font of 900 KB in a wheel. The pages need two weights, the letters of our
languages and figures of equal width: about 45 KB of woff2, written to `<home>/static-src`, where Django's
static files look. It is cut once, and kept in `<home>/fonts` until the wheel or this file changes.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import files, version
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

from abono.platform import postgres

SOURCE = "Inter[opsz,wght].ttf"
WEIGHTS = (400, 600)
LATIN = (*range(0x20, 0x7F), *range(0xA0, 0x180))  # basic, Latin-1 and Latin Extended-A
MARKS = "–—‘’“”•…−×←↑→↓✓‹›€₲"
# Kerning and marks, contextual forms, and `tnum`: figures that line up in columns.
FEATURES = ["kern", "mark", "mkmk", "ccmp", "locl", "calt", "case", "tnum"]

# Inter gives its signs the width of a figure too, which tears "2026-000042-7" and "R$ 10" apart.
EQUAL_WIDTH = {"zero", "one", "two", "three", "three.1", "four", "five", "six", "seven", "eight", "nine"}


def folder() -> Path:
    """Where built static files are kept, outside the repository."""
    return Path(os.environ.get("ABONO_HOME") or postgres.default_home()) / "static-src"


def build(target: Path) -> bool:
    """Write the web font to `target` unless it is there as it must be. Returns whether it was written."""
    kept = folder().parent / "fonts" / f"web-{_made_of()}.woff2"
    if not kept.exists():
        font = _subset(TTFont(_source(), recalcTimestamp=False))
        font.flavor = "woff2"
        with _whole(kept) as unfinished:
            font.save(unfinished)
    if target.exists() and target.read_bytes() == kept.read_bytes():
        return False
    with _whole(target) as unfinished:
        shutil.copyfile(kept, unfinished)
    return True


def _made_of() -> str:
    """What a cut font is known by: another wheel of Inter, another fonttools or another text of this file makes it anew."""
    versions = [version(name) for name in ("fontpkg-inter", "fonttools")]
    return hashlib.sha256(f"{versions}".encode() + Path(__file__).read_bytes()).hexdigest()[:12]


@contextmanager
def _whole(file: Path) -> Iterator[Path]:
    """What is written in its place meanwhile: a reader sees the old file or the new one, never half."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f"{file.name}.{os.getpid()}")
    yield unfinished
    unfinished.replace(file)


def _source() -> Path:
    for file in files("fontpkg-inter") or ():
        if file.name == SOURCE:
            return Path(str(file.locate()))
    raise FileNotFoundError(f"{SOURCE} is not in the package fontpkg-inter: install it again")


def _figures_only(font: TTFont) -> None:
    """Let the feature `tnum` change figures and nothing else."""
    layout = font["GSUB"].table
    for record in layout.FeatureList.FeatureRecord:
        for index in record.Feature.LookupListIndex if record.FeatureTag == "tnum" else ():
            for table in layout.LookupList.Lookup[index].SubTable:
                mapping = getattr(table, "ExtSubTable", table).mapping
                for glyph in mapping.keys() - EQUAL_WIDTH:
                    del mapping[glyph]


def _subset(font: TTFont) -> TTFont:
    _figures_only(font)
    options = subset.Options(layout_features=FEATURES, hinting=False, notdef_outline=True)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes={*LATIN, *map(ord, MARKS)})
    subsetter.subset(font)
    return instancer.instantiateVariableFont(font, {"wght": WEIGHTS})


def main() -> int:
    target = folder() / "site" / "inter.woff2"
    written = build(target)
    print(f"{'wrote' if written else 'fresh'}: {target} ({target.stat().st_size:,} bytes)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
