"""Makes the web font: `python -m abono.entrypoints.site.fonts`.

Inter comes as a variable TrueType font of 900 KB in a wheel. The pages need two weights, the letters of our
languages and figures of equal width: about 45 KB of woff2, written to `<home>/static-src`, where Django's
static files look. Running it again does nothing until the wheel or this file changes.
"""

from __future__ import annotations

import os
import sys
from importlib.metadata import files
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
    """Write the web font to `target` unless it is there and fresh. Returns whether it was written."""
    source = _source()
    if target.exists() and target.stat().st_mtime > max(_changed(source), _changed(Path(__file__))):
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f"{target.name}.{os.getpid()}")
    font = _subset(TTFont(source, recalcTimestamp=False))
    font.flavor = "woff2"
    font.save(unfinished)
    unfinished.replace(target)  # a reader sees the old file or the new one, never half
    return True


def _source() -> Path:
    for file in files("fontpkg-inter") or ():
        if file.name == SOURCE:
            return Path(str(file.locate()))
    raise FileNotFoundError(f"{SOURCE} is not in the package fontpkg-inter: install it again")


def _changed(file: Path) -> float:
    """When the file came to this disk: wheels keep the dates of their makers, so its entry counts too."""
    return max(file.stat().st_mtime, file.stat().st_ctime)


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
