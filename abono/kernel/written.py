"""What people write in one line: a name that can be read, and an e-mail address that mail can reach."""

from __future__ import annotations

import re
import unicodedata

import idna

# Controls and what turns text round or cannot be seen, halves of characters, private and unassigned ones, and the
# separators that begin a new line or paragraph: a name with one of them is not the name that is read on an invoice.
_UNREADABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters and marks that every font draws as nothing, whatever their category says (Unicode: Default_Ignorable_Code_Point,
# and the braille pattern without a dot).
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL_PART = re.compile(rf"{_ATOM}(\.{_ATOM})*")
_LONGEST_LOCAL_PART, _LONGEST_ADDRESS = 64, 254  # RFC 5321


def readable(text: str) -> bool:
    """Whether a name can be read as it is stored: one line, every character seen, at least one letter."""
    return seen(text) and any(unicodedata.category(letter).startswith("L") for letter in text)


def seen(text: str) -> bool:
    """Whether a text is one line of which every character is seen, such as a reference or a reason."""
    whole = "\N{REPLACEMENT CHARACTER}" not in text and _BLANK.isdisjoint(text)
    return whole and _UNREADABLE.isdisjoint(unicodedata.category(letter) for letter in text)


def visible(text: str) -> str:
    """The text without what cannot be seen, such as comes along when something is copied from a page or a PDF."""
    kept = (letter for letter in text if unicodedata.category(letter) not in ("Cf", "Cc", "Zl", "Zp"))
    return "".join(" " if unicodedata.category(letter) == "Zs" else letter for letter in kept).strip()


def mailable(address: str) -> str | None:
    """The address as mail servers know it, in lower case; None when no mail can reach it.

    A domain in another script becomes its name in the DNS (IDNA 2008 after UTS 46): `bücher.example` is
    `xn--bcher-kva.example`. Before the @ only ASCII goes: few servers take more (RFC 6531), and ours sends none.
    """
    local, at, domain = address.strip().rpartition("@")
    if not at or len(local) > _LONGEST_LOCAL_PART or not _LOCAL_PART.fullmatch(local):
        return None
    try:
        name = idna.encode(domain, uts46=True, std3_rules=True).decode().lower()
    except (idna.IDNAError, UnicodeError):
        return None
    top = name.rpartition(".")[2]
    if name.endswith(".") or "." not in name or top.isdigit() or len(f"{local}@{name}") > _LONGEST_ADDRESS:
        return None
    return f"{local}@{name}".lower()


def one_form(address: str) -> str:
    """The address under which an account is looked for: as `mailable` gives it, else in lower case."""
    return mailable(address) or address.lower()
