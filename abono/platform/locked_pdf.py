"""A PDF under a password: AES-256 (PDF 2.0, revision 6), by qpdf."""

from __future__ import annotations

import io
import secrets


def locked(pdf: bytes, password: str) -> bytes:
    """The same document, which opens with `password` only.

    Whoever opens it may do everything with it, listening to it included: another password that would give more rights is
    made by chance and thrown away. No two are the same bytes.
    """
    import pikepdf  # only those wait for it who lock something

    rights = pikepdf.Encryption(user=password, owner=secrets.token_urlsafe(32), R=6)
    with pikepdf.open(io.BytesIO(pdf)) as paper, io.BytesIO() as written:
        paper.save(written, encryption=rights)
        return written.getvalue()
