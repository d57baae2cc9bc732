"""Papers read back as a bank's scanner and a telephone do: the page as a picture, and the codes found on it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image

_PACKAGES = {"pdftoppm": "poppler-utils", "zbarimg": "zbar-tools"}
DOTS_PER_MM = 6


def advice() -> str:
    """What to install; empty where nothing lacks."""
    lacking = [package for tool, package in _PACKAGES.items() if not shutil.which(tool)]
    return (lacking and f"slips cannot be read back: apt-get install {' '.join(lacking)}") or ""


def require() -> None:
    """Without the tools a test is skipped with the reason, in CI it fails."""
    if lacking := advice():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(lacking)


def picture(pdf: bytes, folder: Path) -> Path:
    """The first page, DOTS_PER_MM fine, in grey."""
    (folder / "page.pdf").write_bytes(pdf)
    page = folder / "page"
    turned = ["pdftoppm", "-r", str(25.4 * DOTS_PER_MM), "-gray", "-png", "-singlefile"]
    subprocess.run([*turned, str(folder / "page.pdf"), str(page)], check=True, capture_output=True)
    return page.with_suffix(".png")


def codes(page: Path) -> dict[str, str]:
    """What is read of each kind of code on a page: "I2/5", "QR-Code"."""
    only = ["-Sdisable", "-Si25.enable", "-Sqrcode.enable"]
    read = subprocess.run(
        ["zbarimg", "-q", *only, str(page)], check=True, capture_output=True, text=True
    ).stdout
    return dict(line.split(":", 1) for line in read.splitlines())


def bars_mm(page: Path) -> tuple[float, float, float, float]:
    """Of the bar code, the lowest ink of a page: left, height of its foot over the lower edge, width and height, in millimetres."""
    with Image.open(page) as drawn:
        ink = drawn.convert("L").point(lambda light: 255 if light < 128 else 0)
        _left, _top, _right, bottom = ink.getbbox() or (0, 0, 0, 0)
        left, _top, right, _bottom = ink.crop((0, bottom - 5, ink.width, bottom)).getbbox() or (0, 0, 0, 0)
        first = ink.crop((left, 0, left + 1, bottom))
        top = bottom
        while first.getpixel((0, top - 1)):
            top -= 1
        return tuple(one / DOTS_PER_MM for one in (left, ink.height - bottom, right - left, bottom - top))  # type: ignore[return-value]
