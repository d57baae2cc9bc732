"""The text that a person accepts when contracting: its version, and the hash of what was shown (CON-2)."""

from __future__ import annotations

import hashlib
from importlib.resources import files

from abono.domain.contracts.errors import TermsChanged

VERSION = "2026-11"


def text(language: str) -> str:
    """The terms in one of our languages, as shown."""
    return (files("abono.flows.signup") / "terms" / f"{VERSION}.{language}.txt").read_text()


def require(version: str) -> None:
    """What was read is what is in force. Raises TermsChanged."""
    if version != VERSION:
        raise TermsChanged(VERSION)


def fingerprint(language: str) -> str:
    """SHA-256 of the text, in hexadecimal."""
    return hashlib.sha256(text(language).encode()).hexdigest()
