"""What a PDF says, and whether everybody can read it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from pypdf import PdfReader


def words(pdf: bytes) -> str:
    """Its text in the order of reading, blanks made one."""
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    return " ".join(text.replace("\u00a0", " ").split())


def pages(pdf: bytes) -> int:
    return len(PdfReader(io.BytesIO(pdf)).pages)


def languages(pdf: bytes) -> set[str]:
    """Those that it names for the whole and for parts."""
    root = PdfReader(io.BytesIO(pdf)).trailer["/Root"].get_object()
    parts = {str(one["/Lang"]) for one in _elements(root["/StructTreeRoot"]) if "/Lang" in one}
    return {str(root["/Lang"]), *parts}


def check_accessible(pdf: bytes, *, language: str, title: str) -> None:
    """PDF/UA-1 as far as its structure says so: tagged, with a language, a title that is shown, and fonts of its own."""
    reader = PdfReader(io.BytesIO(pdf))
    root = reader.trailer["/Root"].get_object()
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].lower().startswith(language[:2])
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert title in str(reader.metadata.title)
    assert b"pdfuaid" in pdf
    tags = {str(one["/S"]) for one in _elements(root["/StructTreeRoot"]) if "/S" in one}
    assert {"/H1", "/Table", "/TH", "/TD", "/P"} <= tags
    fonts = [font for page in reader.pages for font in page["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        [described] = [one.get_object() for one in font.get_object()["/DescendantFonts"]]
        assert {"/FontFile2", "/FontFile3"} & set(described["/FontDescriptor"].get_object())


def _elements(node: Any) -> Iterator[dict[str, Any]]:
    """Every element of the tree of structure."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, dict):
        yield node
        children = node.get("/K", [])
        for child in children if isinstance(children, list) else [children]:
            yield from _elements(child)
