"""Keys by which tax offices know a document: their form, their check digit, and what stands in them (INV-11).

Brazil: 50 characters of an NFS-e of the national standard, 44 of an NF-e or NFCom; both end in a check digit, modulo 11 with weights
2 to 9 from the right, where a letter of an alphanumeric CNPJ counts as its ASCII code less 48. Mexico: the UUID of a CFDI.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from uuid import UUID


class KeyKind(Enum):
    """What a key is of; the empty one where a document has a number alone."""

    NONE = ""
    NFSE = "nfse"
    NFE = "nfe"  # NF-e and NFCom: the same form
    CFDI = "cfdi"
    OTHER = "other"  # of another tax office


@dataclass(frozen=True, slots=True)
class Key:
    """A key that is right. `number`, `series` and `issuer` (a tax id) as they stand in it; empty where they do not."""

    kind: KeyKind
    text: str
    number: str = ""
    series: str = ""
    issuer: str = ""


class WrongKey(ValueError):
    """A text that is no key: its form, or its check digit."""


_NFSE = re.compile(r"[0-9]{7}[12][12][0-9A-Z]{14}[0-9]{13}[0-9]{4}[0-9]{9}[0-9]")
_NFE = re.compile(r"[0-9]{6}[0-9A-Z]{14}[0-9]{24}")
_UUID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")
_OTHER = re.compile(r"[0-9A-Za-z-]{1,100}")


def check_digit(body: str) -> int:
    """Of a Brazilian key without it."""
    total = sum((ord(letter) - 48) * (2 + place % 8) for place, letter in enumerate(reversed(body)))
    rest = total % 11
    return 0 if rest < 2 else 11 - rest


def read(text: str, *, brazil: bool) -> Key:
    """A key as people copy it, with blanks, dots or the prefix of an XML. Raises WrongKey.

    brazil   of an issuer there, who has no other keys than those of Brazil
    """
    plain = re.sub(r"[\s.]", "", text)
    if not plain:
        return Key(KeyKind.NONE, "")
    upper = re.sub(r"^(NFSE|NFS|NFCOM|NFE)(?=[0-9])", "", plain.upper())
    if _NFSE.fullmatch(upper):
        number, issuer = upper[23:36].lstrip("0"), upper[9:23]
        return Key(KeyKind.NFSE, _checked(upper), number, "", issuer[3:] if upper[8] == "1" else issuer)
    if _NFE.fullmatch(upper):
        number, series = upper[25:34].lstrip("0"), upper[22:25].lstrip("0") or "0"
        return Key(KeyKind.NFE, _checked(upper), number, series, upper[6:20])
    if brazil:
        raise WrongKey(text)
    if _UUID.fullmatch(upper):
        return Key(KeyKind.CFDI, str(UUID(upper)))
    if not _OTHER.fullmatch(plain):
        raise WrongKey(text)
    return Key(KeyKind.OTHER, plain)


def _checked(text: str) -> str:
    if int(text[-1]) != check_digit(text[:-1]):
        raise WrongKey(text)
    return text
