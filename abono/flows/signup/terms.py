"""The text that a person accepts when contracting: its version, and the hash of what was shown (CON-2)."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from importlib.resources.abc import Traversable

from abono.domain.contracts.errors import TermsChanged
from abono.domain.contracts.types import Accepted

VERSION = "2026-11"


def text(language: str) -> str:
    """The terms in one of our languages, as shown."""
    return _file(VERSION, language).read_text()


def as_accepted(accepted: Accepted) -> str | None:
    """The very text that somebody accepted, whatever is in force now; None where it is not kept here: what has another
    hash is another text."""
    file = _file(accepted.terms_version, accepted.language)
    found = file.read_text() if file.is_file() else ""
    return found if _hash(found) == accepted.terms_hash else None


def require(version: str) -> None:
    """What was read is what is in force. Raises TermsChanged."""
    if version != VERSION:
        raise TermsChanged(VERSION)


def fingerprint(language: str) -> str:
    """SHA-256 of the text, in hexadecimal."""
    return _hash(text(language))


def _hash(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()


def _file(version: str, language: str) -> Traversable:
    return files("abono.flows.signup") / "terms" / f"{version}.{language}.txt"
