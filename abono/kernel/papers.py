"""What kind of paper a file is, by how it begins: neither its name nor whoever sends it is believed."""

from __future__ import annotations

from enum import StrEnum


class Paper(StrEnum):
    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"


TYPES = {Paper.PDF: "application/pdf", Paper.PNG: "image/png", Paper.JPEG: "image/jpeg"}
_BEGINS = {Paper.PDF: b"%PDF-", Paper.PNG: b"\x89PNG\r\n\x1a\n", Paper.JPEG: b"\xff\xd8\xff"}


def paper(content: bytes) -> Paper | None:
    """None for what is none of them, or ends where it begins."""
    found = (kind for kind, begins in _BEGINS.items() if content.startswith(begins))
    kind = next(found, None)
    return kind if kind is not None and len(content) >= len(_BEGINS[kind]) + 3 else None
