"""Inter as two plain fonts, for documents: PDFs are equal everywhere, whatever fonts a machine has.

Inter comes as one variable font. The weights that we use are cut out of it once: when our package is built, or in a
checkout on first use, and then kept in the home folder.
"""

from __future__ import annotations

import os
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

WEIGHTS = (400, 600)
_SHIPPED = Path(__file__).parents[2] / "shipped" / "fonts"  # of an installed package
_TEXT_SIZE = 14  # of the optical sizes that Inter has, the one drawn for text


def ready(home: Path) -> Path:
    """The folder with the fonts; where they are not shipped, made on first use (some seconds).

    Several processes may ask at once.
    """
    if _SHIPPED.exists():
        return _SHIPPED
    folder = _kept(home)
    for weight in WEIGHTS:
        file = folder / f"Inter-{weight}.ttf"
        if not file.exists():
            _cut(weight, file)
    return folder


def are_ready(home: Path) -> bool:
    """Whether nobody has to wait for them."""
    folder = _SHIPPED if _SHIPPED.exists() else _kept(home)
    return all((folder / f"Inter-{weight}.ttf").exists() for weight in WEIGHTS)


def _kept(home: Path) -> Path:
    return home / "fonts" / f"inter-{version('fontpkg-inter')}"


def _cut(weight: int, file: Path) -> None:
    # Only who cuts needs these: every other process would start later for them.
    from fontTools.ttLib import TTFont
    from fontTools.varLib import instancer

    source = files("fontpkg_inter") / "files" / "Inter[opsz,wght].ttf"
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    with source.open("rb") as stream:
        # The moment of making stays out of the file: the same font, byte for byte, on every machine.
        variable = TTFont(stream, recalcTimestamp=False)
        axes = {"wght": weight, "opsz": _TEXT_SIZE}
        instancer.instantiateVariableFont(variable, axes, updateFontNames=True).save(draft)
    draft.replace(file)  # whole or not at all
